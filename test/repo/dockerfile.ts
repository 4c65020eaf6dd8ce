import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { root } from "./tree.js";

export interface Instruction {
  readonly name: string;
  /** Everything behind the name, in one line. */
  readonly text: string;
}

/** From one FROM to the next. */
export interface Stage {
  /** The stage, or the image of a registry, that it begins with. */
  readonly from: string;
  /** Its name; the last one needs none. */
  readonly name: string;
  readonly instructions: readonly Instruction[];
}

export interface Copy {
  /** The stage; undefined: the repository. */
  readonly from: string | undefined;
  readonly sources: readonly string[];
  /** Absolute. */
  readonly target: string;
}

/** The stages of the Dockerfile, the one that becomes the image last. */
export function readStages(): readonly Stage[] {
  const text = readFileSync(join(root, "Dockerfile"), "utf8")
    .replace(/^\s*#.*\n/gm, "")
    .replace(/\s*\\\n\s*/g, " ");
  const stages: { from: string; name: string; instructions: Instruction[] }[] = [];
  for (const line of text.split("\n").filter((one) => one.trim() !== "")) {
    const [, name = "", rest = ""] = /^([A-Z]+) (.+)$/.exec(line) ?? [];
    if (name === "") throw new Error(`no instruction: ${line}`);
    if (name === "FROM") {
      const [from = "", as = "AS", alias = "image"] = rest.split(" ");
      if (as !== "AS") throw new Error(`not read: ${line}`);
      stages.push({ from, name: alias, instructions: [] });
    } else {
      stages.at(-1)?.instructions.push({ name, text: rest });
    }
  }
  return stages;
}

/** The last instruction of a name in a stage or what it is made from. */
export function lastOf(stages: readonly Stage[], stage: Stage, name: string): string | undefined {
  const own = stage.instructions.findLast((one) => one.name === name)?.text;
  const base = stages.find((one) => one.name === stage.from);
  return own ?? (base && lastOf(stages, base, name));
}

/** The words of an instruction in exec form; undefined where it is in shell form, in which sh takes the signals. */
export function execWords(text: string | undefined): readonly string[] | undefined {
  const from = text?.startsWith("[") ? text : undefined;
  return from === undefined ? undefined : (JSON.parse(from) as string[]);
}

/** Each COPY and RUN of a stage, with the folder that it works in. */
export function* stepsOf(
  stages: readonly Stage[],
  stage: Stage,
): Generator<{ readonly folder: string; readonly copy?: Copy; readonly run?: string }> {
  const base = stages.find(({ name }) => name === stage.from);
  let folder = (base && lastOf(stages, base, "WORKDIR")) ?? "/";
  for (const { name, text } of stage.instructions) {
    if (name === "WORKDIR") folder = posix.resolve(folder, text);
    if (name === "RUN") yield { folder, run: text };
    if (name === "COPY") yield { folder, copy: readCopy(folder, text) };
    if (name === "ADD") throw new Error("ADD may fetch and unpack: COPY says what it does");
  }
}

function readCopy(folder: string, text: string): Copy {
  const words = text.split(" ");
  const from = /^--from=(.+)$/.exec(words[0] ?? "")?.[1];
  const paths = from === undefined ? words : words.slice(1);
  const unread = paths.find((path) => path.startsWith("--") || /[*?[]/.test(path));
  if (unread !== undefined) throw new Error(`not read: COPY ${text}`);
  const sources = paths.slice(0, -1);
  const last = paths.at(-1) ?? "";
  const target = posix.resolve(folder, last);
  // Into a folder, under its own name, where the target is one; a folder's content goes into the target itself.
  return { from, sources, target: last.endsWith("/") ? `${target}/` : target };
}
