// `npm start`: a server and a worker for trying things out, from a fresh clone on.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ensureBuilt } from "./build.mjs";
import { ensureInstalled } from "./install.mjs";

/** Runs `tickwire dev` in this process, so that signals and the exit code are its own. */
export async function run(root, args) {
  ensureInstalled(root);
  ensureBuilt(root);
  await runCompiled(join(root, "dist/src/main.js"), ["dev", ...args]);
}

/** Runs a compiled program as if it had been started by `node file args`, with stack traces in terms of its sources. */
export async function runCompiled(file, args) {
  process.setSourceMapsEnabled(true);
  process.argv = [process.argv[0], file, ...args];
  await import(pathToFileURL(file).href);
}
