import { Worker } from "@tickwire/client";
import { schedulerProto } from "@tickwire/client/internal";
import { say } from "../process.js";

/**
 * Runs `total` tasks of kind `bench` that do nothing, and says how long they took, from the first task and from the worker's own
 * start to the last receipt, and in how many frames they came.
 */
const [address = "", totalText = "", maxTasks = ""] = process.argv.slice(2);
const total = Number(totalText);
let begun = 0;
let startedAt = 0;
const lateMs: number[] = [];
let frames = 0;
const { work } = schedulerProto.SchedulerService;
const read = work.responseDeserialize;
Object.assign(work, {
  responseDeserialize: (bytes: Buffer) => {
    const response = read(bytes);
    if (response.frame?.$case === "tasks") frames++;
    return response;
  },
});
const worker = new Worker({ address, maxTasks: Number(maxTasks) });
worker.handle("bench", (task) => {
  if (begun === 0) startedAt = performance.now();
  begun++;
  // Both clocks are this machine's.
  lateMs.push(Date.now() - (task.scheduledTime?.getTime() ?? 0));
  if (begun === total) void finish();
});
const cameAt = performance.now();
const running = worker.start();
await running.ready;
say({ connected: true });

async function finish(): Promise<void> {
  await running.stop({ graceMs: 60_000 });
  const endedAt = Date.now();
  const ms = performance.now() - startedAt;
  const sinceStartMs = performance.now() - cameAt;
  lateMs.sort((a, b) => a - b);
  const quantile = (q: number): number => lateMs[Math.min(lateMs.length - 1, Math.floor(q * lateMs.length))] ?? 0;
  say({ tasks: begun, frames, ms, sinceStartMs, endedAt, p50: quantile(0.5), p99: quantile(0.99), most: quantile(1) });
}
