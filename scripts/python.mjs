// The Python that the client in clients/python is checked with: a virtual environment beside it, made once from its pinned
// requirements-dev.txt. `node scripts/run.mjs python` prints its interpreter as one line of JSON, so several processes can
// wait for one installation by waiting for a process.
//
// A complete environment is told by a stamp that appears last and names what it was made from, so that neither one that was
// killed nor one of older pins is taken for it.
import { execFile, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { withLock } from "./file-lock.mjs";
import { onPath } from "./on-path.mjs";
import { Told } from "./told.mjs";

const oldest = [3, 11];
const limitMs = 10 * 60_000;
const hint = `install Python ${oldest.join(".")} or newer, with its venv module`;

/** Prints `{file}`, the environment's interpreter, or `{skip: why}`. */
export async function run(root) {
  try {
    console.log(JSON.stringify({ file: await ensurePython(root) }));
  } catch (error) {
    if (!error.told) throw error;
    console.log(JSON.stringify({ skip: error.message }));
  }
}

/** An interpreter that is new enough; absent: there is none. */
export function findPython() {
  const names = ["python3", "python3.13", "python3.12", "python3.11", "python"];
  return names.map((name) => onPath(name)).find((file) => file && isNewEnough(file));
}

function isNewEnough(file) {
  const code = `import sys, venv, ensurepip; sys.exit(sys.version_info < (${oldest.join(", ")}))`;
  return spawnSync(file, ["-c", code], { stdio: "ignore" }).status === 0;
}

/** The environment's interpreter, after making it or waiting for the process that does. Throws `Told` where that fails. */
export async function ensurePython(root) {
  const folder = join(root, "clients/python");
  const stamp = stampOf(folder);
  if (isComplete(folder, stamp)) return pythonOf(folder);
  return await withLock(join(folder, ".venv.lock"), limitMs, async () => {
    if (!isComplete(folder, stamp)) await make(folder, stamp);
    return pythonOf(folder);
  });
}

const pythonOf = (folder) => join(folder, ".venv/bin/python");

function stampOf(folder) {
  const pins = readFileSync(join(folder, "requirements-dev.txt"));
  return `${createHash("sha256").update(pins).digest("hex")}\n`;
}

function isComplete(folder, stamp) {
  try {
    return readFileSync(join(folder, ".venv/complete"), "utf8") === stamp;
  } catch {
    return false;
  }
}

async function make(folder, stamp) {
  const python = findPython();
  if (!python) throw new Told(`no Python that is new enough: ${hint}`);
  rmSync(join(folder, ".venv"), { recursive: true, force: true });
  await command(folder, python, ["-m", "venv", ".venv"]);
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
  await command(folder, pythonOf(folder), [...pip, "--requirement", "requirements-dev.txt"]);
  await command(folder, pythonOf(folder), [...pip, "--no-build-isolation", "--no-deps", "--editable", "."]);
  writeFileSync(join(folder, ".venv/complete"), stamp);
}

/** Writes the generated code that belongs in clients/python/src/tickwire/v1 into the folder `into`. */
export async function generatePython(root, into) {
  const python = await ensurePython(root);
  mkdirSync(into, { recursive: true });
  const files = readdirSync(join(root, "proto/tickwire/v1")).filter((name) => name.endsWith(".proto"));
  // protoc gives each file its folder; only the innermost is asked for.
  const around = join(into, ".around");
  mkdirSync(around);
  const outputs = [`--python_out=${around}`, `--pyi_out=${around}`];
  const sources = files.map((name) => join("tickwire/v1", name));
  await command(root, python, ["-m", "grpc_tools.protoc", "--proto_path=proto", ...outputs, ...sources]);
  const made = join(around, "tickwire/v1");
  for (const name of readdirSync(made)) writeFileSync(join(into, name), readFileSync(join(made, name)));
  rmSync(around, { recursive: true });
}

/** Waits without keeping the event loop from touching the lock, which counts as left behind otherwise. */
async function command(cwd, file, args) {
  try {
    await promisify(execFile)(file, args, { cwd, timeout: limitMs, maxBuffer: 64 * 1024 * 1024 });
  } catch ({ message, code, stdout, stderr }) {
    if (typeof code !== "number") throw new Told(`${file} did not run to its end: ${message}`);
    throw new Told(`${args.slice(0, 3).join(" ")} failed:\n${stdout}${stderr}`.trimEnd());
  }
}
