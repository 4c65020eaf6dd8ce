// `npm start`: a server and a worker for trying things out, from a fresh clone on.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ensureBuilt } from "./build.mjs";
import { ensureInstalled } from "./install.mjs";

/** Runs `tickwire dev` in this process, so that signals and the exit code are its own. */
export async function run(root, args) {
  ensureInstalled(root);
  ensureBuilt(root);
  endWithShell();
  await runCompiled(join(root, "dist/src/main.js"), ["dev", ...args]);
}

/**
 * npm hands a signal to the shell that it started, and some shells die of it without handing it on: this process, which
 * would stay behind and hold its ports, then ends as if the signal had been its own.
 */
export function endWithShell() {
  const shell = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === shell) return;
    clearInterval(timer);
    process.kill(process.pid, "SIGTERM");
  }, 250);
  timer.unref();
}

/** Runs a compiled program as if it had been started by `node file args`, with stack traces in terms of its sources. */
export async function runCompiled(file, args) {
  process.setSourceMapsEnabled(true);
  process.argv = [process.argv[0], file, ...args];
  await import(pathToFileURL(file).href);
}
