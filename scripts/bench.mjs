// `npm run bench`: the benchmarks, installed and built first.
import { join } from "node:path";
import { ensureBuilt } from "./build.mjs";
import { ensureInstalled } from "./install.mjs";
import { awaitMongo } from "./mongo.mjs";
import { runCompiled } from "./start.mjs";

export async function run(root, args) {
  ensureInstalled(root);
  ensureBuilt(root);
  const without = ["--help", "-h", "memory", "sqlite", "lateness", "schedule", "cron", "clients", "postgres"];
  if (args.includes("mongo") || !args.some((arg) => without.includes(arg))) await awaitMongo(root);
  await runCompiled(join(root, "dist/bench/main.js"), args);
}
