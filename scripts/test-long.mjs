// `npm run test:long`: the tests named *.long.ts, one at a time; with words, those whose path holds one.
import { ensureBuilt } from "./build.mjs";
import { ensureInstalled } from "./install.mjs";
import { awaitMongo } from "./mongo.mjs";
import { runTests } from "./tests.mjs";

export async function run(root, words) {
  ensureInstalled(root);
  ensureBuilt(root);
  await runTests(root, { words, long: true, untilMongo: async () => await awaitMongo(root) });
}
