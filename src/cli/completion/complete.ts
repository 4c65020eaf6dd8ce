import type { Argument, Command, Option } from "../command.js";
import type { Names } from "./names.js";
import type { Candidate } from "./shell.js";
import { valuesOf } from "./values.js";

/** What may stand in a place. */
export interface Completion {
  readonly candidates: readonly Candidate[];
  /** A file's name. */
  readonly files?: boolean;
  /** What only a server knows. */
  readonly names?: Names;
}

/** What may stand where the last of `words` is being typed, by the command table; the words before it are complete. */
export function complete(commands: readonly Command[], words: readonly string[]): Completion {
  const before = words.slice(0, -1);
  const typed = words.at(-1) ?? "";
  const command = commands.find(({ name }) => name.split(" ").every((word, at) => word === before[at]));
  return command ? within(command, before.slice(command.name.split(" ").length), typed) : nameOf(commands, before);
}

/** The next word of a command's name. */
function nameOf(commands: readonly Command[], before: readonly string[]): Completion {
  const path = before[0] === "help" ? before.slice(1) : before;
  const found = new Map<string, string | undefined>();
  for (const { name, summary } of commands) {
    const parts = name.split(" ");
    const part = parts[path.length];
    if (part === undefined || !path.every((word, at) => word === parts[at])) continue;
    found.set(part, parts.length > path.length + 1 ? undefined : summary);
  }
  if (before.length === 0) found.set("help", "show what a command takes").set("--version", "print the version");
  return { candidates: [...found].map(([word, help]) => (help === undefined ? { word } : { word, help })) };
}

function within(command: Command, before: readonly string[], typed: string): Completion {
  const options = new Map(command.options.map((option) => [`--${option.name}`, option]));
  let given = 0;
  let ended = false;
  let open: Option | undefined;
  const seen = new Set<string>();
  for (const word of before) {
    if (open) open = undefined;
    else if (ended || !word.startsWith("--")) given++;
    else if (word === "--") ended = true;
    else {
      const [name = ""] = word.split("=");
      seen.add(name);
      const option = options.get(name);
      if (option?.value !== undefined && !word.includes("=")) open = option;
    }
  }
  if (open) return valuesOf(command, open, typed, "");
  const [, name, value] = /^(--[^=]+)=(.*)$/.exec(ended ? "" : typed) ?? [];
  const option = name === undefined ? undefined : options.get(name);
  if (option) return valuesOf(command, option, value ?? "", `${name}=`);
  if (typed.startsWith("-") && !ended) return { candidates: optionsOf(command, seen) };
  const argument = argumentAt(command, given);
  return argument ? valuesOf(command, argument, typed, "") : { candidates: ended ? [] : optionsOf(command, seen) };
}

function optionsOf({ options }: Command, seen: ReadonlySet<string>): Candidate[] {
  const left = options.filter(({ name, many }) => many || !seen.has(`--${name}`));
  return [...left.map(({ name, help }) => ({ word: `--${name}`, help })), { word: "--help", help: "show all of this" }];
}

function argumentAt({ arguments: all = [] }: Command, given: number): Argument | undefined {
  const last = all.at(-1);
  return all[given] ?? (last?.many ? last : undefined);
}
