import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { type Copy, readStages, type Stage, stepsOf } from "./dockerfile.js";
import { isSent } from "./dockerignore.js";
import { root } from "./tree.js";

/** The files of the image, where no container engine makes it. */
export interface Image extends Disposable {
  /** Its `tickwire`, as a link, the way the image has it. */
  readonly command: string;
  readonly path: string;
}

/**
 * Follows the Dockerfile in a folder of its own, a stage each: every COPY, and every RUN but those of the image itself, which change
 * what is outside of its folder. `given` are stages that are there: each a folder, in place of the stage's working folder.
 */
export function makeImage(given: Readonly<Record<string, (folder: string) => void>> = {}): Image {
  const path = mkdtempSync(join(tmpdir(), "tickwire-image-"));
  const stages = readStages();
  const image = stages.at(-1);
  try {
    for (const stage of stages) {
      makeStage(path, stages, stage, given[stage.name], stage === image);
    }
    const main = join(path, image?.name ?? "", "app/dist/src/main.js");
    chmodSync(main, 0o755);
    const command = join(path, "tickwire");
    symlinkSync(main, command);
    return { command, path: join(path, image?.name ?? ""), [Symbol.dispose]: () => remove(path) };
  } catch (error) {
    remove(path);
    throw error;
  }
}

function remove(path: string): void {
  rmSync(path, { recursive: true, force: true });
}

function makeStage(
  path: string,
  stages: readonly Stage[],
  stage: Stage,
  given: ((folder: string) => void) | undefined,
  isImage: boolean,
): void {
  const at = join(path, stage.name);
  mkdirSync(at);
  if (given) {
    given(join(at, "app"));
    return;
  }
  const base = join(path, stage.from);
  if (existsSync(base)) cpSync(base, at, { recursive: true, verbatimSymlinks: true });
  for (const { folder, copy, run } of stepsOf(stages, stage)) {
    mkdirSync(join(at, folder), { recursive: true });
    if (copy) copyInto(at, copy, copy.from === undefined ? root : join(path, copy.from));
    if (run !== undefined && !isImage) runIn(join(at, folder), run);
  }
}

function copyInto(at: string, { sources, target }: Copy, from: string): void {
  for (const source of sources) {
    const what = join(from, source);
    const isInto = target.endsWith("/") || (sources.length > 1 && !statSync(what).isDirectory());
    const to = isInto && !statSync(what).isDirectory() ? join(at, target, basename(source)) : join(at, target);
    mkdirSync(dirname(to), { recursive: true });
    cpSync(what, to, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (one) => from !== root || isSent(relative(root, one)),
    });
  }
}

function runIn(folder: string, command: string): void {
  const { status, stdout, stderr } = spawnSync("sh", ["-ec", command], { cwd: folder, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command}\n${stdout}${stderr}`);
}
