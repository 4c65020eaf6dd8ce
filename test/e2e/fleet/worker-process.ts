import { openSync, writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "@tickwire/client";

/** Runs kind `work`: notes each task in its ledger when it begins, in one write, and takes up to `mostMs` over it. */
const [address = "", ledger = "", maxTasks = "", mostMs = ""] = process.argv.slice(2);
const file = openSync(ledger, "a");

const worker = new Worker({ address, maxTasks: Number(maxTasks) });
worker.handle("work", async (task) => {
  writeSync(file, `${JSON.stringify({ slug: task.slug, runId: task.runId, attempt: task.attempt })}\n`);
  await sleep(Math.random() * Number(mostMs));
});
const running = worker.start();
await running.ready;
console.log("connected");
