import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { root } from "../../repo/tree.js";

const run = promisify(execFile);

/** One of the languages that there is a client in, and how its runner is started. */
export interface Language {
  readonly name: "TypeScript" | "Go" | "Python";
  /** As the client's name says it: tickwire-ts/1.2.3. */
  readonly short: "ts" | "go" | "python";
  /** File and first arguments; the config comes after them. */
  readonly command: readonly string[];
}

/** A language that can't be played here, and why. */
export interface Absent {
  readonly name: Language["name"];
  readonly skip: string;
}

export interface Languages {
  readonly present: readonly Language[];
  readonly absent: readonly Absent[];
}

const folder = join(root, "test/clients/runners");

/** Those of `TICKWIRE_TEST_LANGUAGES` ("ts,go"), or all of them. Throws where one is absent and CI is set: there nothing may be left out. */
export async function languages(): Promise<Languages> {
  const wanted = process.env["TICKWIRE_TEST_LANGUAGES"]?.split(",");
  const all = { ts: typescript, go, python };
  const found = await Promise.all(
    Object.entries(all)
      .filter(([short]) => wanted?.includes(short) ?? true)
      .map(([, find]) => find()),
  );
  const absent = found.filter((one) => "skip" in one);
  if (absent.length > 0 && process.env["CI"]) {
    throw new Error(absent.map(({ name, skip }) => `${name}: ${skip}`).join("\n"));
  }
  return { present: found.filter((one) => "command" in one), absent };
}

async function typescript(): Promise<Language> {
  const file = fileURLToPath(new URL("../runners/runner.js", import.meta.url));
  return { name: "TypeScript", short: "ts", command: [process.execPath, file] };
}

async function go(): Promise<Language | Absent> {
  const name = "Go";
  const found = await toolchain("go");
  if ("skip" in found) return { name, ...found };
  const binary = join(root, "dist/test/clients/runners/go-runner");
  await underLock(`${binary}.lock`, () => run(found.file, ["build", "-o", binary, "."], { cwd: join(folder, "go") }));
  return { name, short: "go", command: [binary] };
}

async function python(): Promise<Language | Absent> {
  const name = "Python";
  const found = await toolchain("python");
  if ("skip" in found) return { name, ...found };
  return { name, short: "python", command: [found.file, join(folder, "python/runner.py")] };
}

export async function toolchain(name: "go" | "python"): Promise<{ file: string } | { skip: string }> {
  if (!existsSync(join(root, `scripts/${name}.mjs`))) return { skip: `there is no scripts/${name}.mjs` };
  const { stdout } = await run(process.execPath, [join(root, "scripts/run.mjs"), name], { cwd: root });
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "{}");
}

/** What `npm run gen` would change in one folder of generated code: each path, and why. */
export async function generatedDifferences(folder: string): Promise<readonly { path: string; why: string }[]> {
  const { differencesIn } = (await import(join(root, "scripts/gen.mjs"))) as {
    differencesIn(root: string, folder: string): Promise<{ path: string; why: string }[]>;
  };
  return (await differencesIn(root, folder)).map(({ path, why }) => ({ path, why }));
}

/** Several test files need the same program at once. */
async function underLock(file: string, call: () => Promise<unknown>): Promise<void> {
  const { withLock } = (await import(join(root, "scripts/file-lock.mjs"))) as {
    withLock: (file: string, limitMs: number, call: () => Promise<unknown>) => Promise<void>;
  };
  await withLock(file, 5 * 60_000, call);
}
