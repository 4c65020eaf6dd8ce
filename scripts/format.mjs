// `npm run format`: formats everything, and mends what the linter can mend safely.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ensureInstalled } from "./install.mjs";

export function run(root, paths) {
  ensureInstalled(root);
  const biome = join(root, "node_modules/@biomejs/biome/bin/biome");
  process.exitCode = spawnSync(process.execPath, [biome, "check", "--write", ...paths], {
    cwd: root,
    stdio: "inherit",
  }).status;
}
