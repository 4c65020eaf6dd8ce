// `npm run cluster`: three servers on one MongoDB, two workers, and what becomes of their tasks when they are killed. The
// MongoDB is the tests' one, so that this is a part of the tests and not of the command line.
import { join } from "node:path";
import { ensureBuilt } from "./build.mjs";
import { ensureInstalled } from "./install.mjs";
import { awaitMongo } from "./mongo.mjs";
import { endWithShell, runCompiled } from "./start.mjs";

export async function run(root, args) {
  ensureInstalled(root);
  ensureBuilt(root);
  if (!args.includes("--help")) await awaitMongo(root);
  endWithShell();
  await runCompiled(join(root, "dist/test/cluster-demo/main.js"), args);
}
