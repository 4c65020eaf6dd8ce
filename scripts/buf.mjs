// buf, which lints the contract and generates its code: the one of node_modules.
import { spawnSync } from "node:child_process";
import { delimiter, dirname, join } from "node:path";
import { Told } from "./told.mjs";

/** Runs buf, of node_modules; its output. */
export function runBuf(root, ...args) {
  const buf = join(root, "node_modules/@bufbuild/buf/bin/buf");
  // A plugin is started as "node": the one that runs this script, whatever else is on the path.
  const env = { ...process.env, PATH: dirname(process.execPath) + delimiter + (process.env.PATH ?? "") };
  const result = spawnSync(process.execPath, [buf, ...args], { cwd: root, env, maxBuffer: 64 * 1024 * 1024 });
  if (result.error) throw new Told(`buf could not be started: ${result.error.message}`);
  if (result.status !== 0) throw new Told(`buf ${args[0]} failed:\n${result.stdout}${result.stderr}`.trimEnd());
  return result.stdout;
}
