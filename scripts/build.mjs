// Compiles src/, test/, bench/, examples/ts and clients/ts, where an input is not what the last complete build saw. The stamp is taken
// from the inputs before the compiler starts and written after it succeeded: a build that was interrupted, or whose inputs
// changed under it, leaves none that fits.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Told } from "./told.mjs";

/** Compiled as `dist/<folder>/...`, or beside it as `clients/ts/dist/...`. */
const projects = [
  { folders: ["src", "test", "bench", "examples/ts"], out: "dist", rootDir: "" },
  { folders: ["clients/ts/src"], out: "clients/ts/dist", rootDir: "clients/ts/src" },
];
const settings = ["tsconfig.json", "tsconfig.base.json", "clients/ts/tsconfig.json", "package-lock.json"];

/** Brings dist/ in line with the sources. Throws `Told`, with the compiler's output, where they do not compile. */
export function ensureBuilt(root) {
  const stampFile = join(root, "dist/.built");
  const { stamp, missing } = inputs(root);
  if (!missing && existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) return;

  console.log("tickwire: building ...");
  rmSync(stampFile, { force: true });
  mkdirSync(join(root, "dist"), { recursive: true });
  // Left behind by a build that was killed: what the compiler then recorded as written need not be.
  const marker = join(root, "dist/.building");
  const wasKilled = existsSync(marker);
  writeFileSync(marker, "");
  try {
    compile(root, missing || wasKilled ? ["--force"] : []);
  } finally {
    rmSync(marker, { force: true });
  }
  writeFileSync(stampFile, stamp);
}

export async function run(root) {
  const { ensureInstalled } = await import("./install.mjs");
  ensureInstalled(root);
  ensureBuilt(root);
}

/**
 * `stamp` changes with any input's name, size or time. `missing`: some source has no output; the compiler, which trusts
 * its own record of what it wrote, would not notice.
 */
function inputs(root) {
  const hash = createHash("sha256");
  let missing = false;
  const add = (path) => {
    const { mtimeMs, size } = statSync(join(root, path));
    hash.update(`${path} ${mtimeMs} ${size}\n`);
  };
  for (const path of settings) add(path);
  for (const { folders, out, rootDir } of projects) {
    for (const folder of folders) {
      for (const path of sourcesUnder(root, folder)) {
        add(path);
        const output = join(root, out, path.slice(rootDir.length).replace(/\.ts$/, ".js"));
        missing ||= !existsSync(output);
      }
    }
  }
  return { stamp: hash.digest("hex"), missing };
}

/** Paths of the TypeScript sources under `folder`, relative to `root`, sorted. */
export function sourcesUnder(root, folder) {
  let entries;
  try {
    entries = readdirSync(join(root, folder), { withFileTypes: true });
  } catch (error) {
    if (error.code === "ENOENT") return [];
    throw error;
  }
  const paths = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = `${folder}/${entry.name}`;
    if (entry.name === "node_modules") continue;
    if (entry.isDirectory()) paths.push(...sourcesUnder(root, path));
    else if (entry.name.endsWith(".ts") && !entry.name.endsWith(".d.ts")) paths.push(path);
  }
  return paths;
}

function compile(root, args) {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const pretty = process.stdout.isTTY ? ["--pretty"] : [];
  const { status, error, stdout, stderr } = spawnSync(process.execPath, [tsc, "-b", ...pretty, ...args], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error) throw new Told(`tsc could not be started: ${error.message}`);
  if (status !== 0) throw new Told(`the build failed:\n${stdout}${stderr}`.trimEnd());
}
