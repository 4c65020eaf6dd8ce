// The MongoDB stand-in for tests, SecantusDB, in a cache folder outside the repository: built with cargo, or, where that is
// missing or fails, its Python edition. It is never part of what is shipped, nor linked: a separate process that tests start.
//
// A complete installation is told by one file that appears last and at once, so that what was killed is never taken for one.
import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { homedir, setPriority } from "node:os";
import { join } from "node:path";
import { withLock } from "./file-lock.mjs";
import { onPath } from "./on-path.mjs";
import { Told } from "./told.mjs";

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "tickwire");
export const logFile = join(cache, "stand-in.log");
/** The build takes 6 minutes on two idle cores; a wait for another's is as long. */
const limitMs = 20 * 60_000;

const rust = { crate: "secantus-mdb", version: "0.5.3-beta.196" };
const rustFolder = join(cache, `${rust.crate}-${rust.version}`);
// cargo puts it there by a rename.
const rustServer = join(rustFolder, "bin/secantusd-rs");

const python = { package: "secantusdb", version: "0.7.0b3" };
const pythonFolder = join(cache, `${python.package}-${python.version}`);
const pythonServer = join(pythonFolder, "bin/secantusd-py");
const pythonComplete = join(pythonFolder, "complete");

/** The server's file; absent: it is not installed. */
export function installedStandIn() {
  if (existsSync(rustServer)) return rustServer;
  // Where it could be built, the Python edition was not meant to stay: it livelocks when many contend for one document.
  if (existsSync(pythonComplete) && !onPath("cargo")) return pythonServer;
  return undefined;
}

/** The server's file, after installing it or waiting for the process that does. Throws `Told` where that fails. */
export async function ensureStandIn() {
  const already = installedStandIn();
  if (already) return already;
  mkdirSync(cache, { recursive: true });
  return await withLock(join(cache, "stand-in.lock"), limitMs, () => installedStandIn() ?? install());
}

async function install() {
  // Other checks run meanwhile, and some of them measure time.
  setPriority(10);
  const log = openSync(logFile, "a");
  try {
    if (await buildRust(log)) return rustServer;
    if (existsSync(pythonComplete) || (await installPython(log))) return pythonServer;
  } finally {
    closeSync(log);
  }
  throw new Told(`no MongoDB, and its stand-in could not be installed: see ${logFile}`);
}

async function buildRust(log) {
  const cargo = onPath("cargo");
  if (!cargo) return false;
  const missing = !onPath("cmake") || !onPath("ninja", "ninja-build") || !onPath("cc") || !onPath("c++");
  if (missing) await installPackages(log, "cmake", "ninja-build", "build-essential");
  const args = ["install", rust.crate, "--version", rust.version, "--locked", "--ignore-rust-version"];
  // In a folder that stays, so that the next build takes up one that was killed; and cargo locks it against a second one.
  const target = `${rustFolder}.building`;
  const built = await run(log, cargo, [...args, "--root", rustFolder], { CARGO_TARGET_DIR: target });
  if (built) rmSync(target, { recursive: true, force: true });
  return built && existsSync(rustServer);
}

async function installPython(log) {
  const own = onPath("python3", "python");
  if (!own) return false;
  rmSync(pythonFolder, { recursive: true, force: true });
  if (!(await run(log, own, ["-m", "venv", pythonFolder]))) {
    await installPackages(log, "python3-venv");
    rmSync(pythonFolder, { recursive: true, force: true });
    if (!(await run(log, own, ["-m", "venv", pythonFolder]))) return false;
  }
  const pip = ["-m", "pip", "install", "--quiet", `${python.package}==${python.version}`];
  if (!(await run(log, join(pythonFolder, "bin/python"), pip))) return false;
  writeFileSync(pythonComplete, "");
  return true;
}

/** Debian's packages, where we may install them; what then still lacks is told by the build itself. */
async function installPackages(log, ...names) {
  const apt = onPath("apt-get");
  if (!apt || process.getuid?.() !== 0) return;
  const quiet = { DEBIAN_FRONTEND: "noninteractive" };
  const install = ["install", "--yes", "--no-install-recommends", ...names];
  if (await run(log, apt, install, quiet)) return;
  await run(log, apt, ["update"], quiet);
  await run(log, apt, install, quiet);
}

/** Whether it ended well; what it says goes to the log. */
async function run(log, file, args, env = {}) {
  writeSync(log, `${new Date().toISOString()} ${file} ${args.join(" ")}\n`);
  const child = spawn(file, args, {
    cwd: cache,
    env: { ...process.env, ...env },
    stdio: ["ignore", log, log],
    timeout: limitMs,
  });
  const failure = await new Promise((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(code === 0 ? undefined : (signal ?? `exit code ${code}`)));
  });
  if (failure) writeSync(log, `failed: ${failure}\n`);
  return !failure;
}
