// Runs `total` graphile-worker jobs that do nothing. Says that it is there, and then how long it took from the start of its runner
// until the last of them was gone from the table, and how late they began.
import { setTimeout as sleep } from "node:timers/promises";
import { Logger, run, runMigrations } from "graphile-worker";
import pg from "pg";
import { say } from "./fact.mjs";

const [connectionString, totalText, , mode] = process.argv.slice(2);
const total = Number(totalText);
const pool = new pg.Pool({ connectionString, max: 10 });
// graphile-worker wants a pool to have them.
pool.on("error", () => {});
pool.on("connect", (client) => client.on("error", () => {}));
const lateMs = [];
let firstId = Number.POSITIVE_INFINITY;
let lastId = 0;
const logger = new Logger(() => () => {});
await runMigrations({ pgPool: pool, logger });
const startedAt = performance.now();
await run({
  pgPool: pool,
  logger,
  noHandleSignals: true,
  preset: {
    worker: {
      concurrentJobs: mode === "plain" ? 24 : 100,
      pollInterval: 10,
      ...(mode !== "plain" && { localQueue: { size: 500 } }),
      ...(mode === "batch" && { completeJobBatchDelay: 0, failJobBatchDelay: 0 }),
    },
  },
  taskList: {
    bench: async ({ dueAt }, { job }) => {
      firstId = Math.min(firstId, Number(job.id));
      lastId = Math.max(lastId, Number(job.id));
      lateMs.push(Date.now() - dueAt);
      if (lateMs.length === total) void finish();
    },
  },
});
say({ connected: true });

async function finish() {
  // By their key: others may be stored besides.
  const left = "SELECT FROM graphile_worker._private_jobs WHERE id BETWEEN $1 AND $2 LIMIT 1";
  while ((await pool.query(left, [firstId, lastId])).rowCount > 0) await sleep(2);
  const sinceStartMs = performance.now() - startedAt;
  const endedAt = Date.now();
  lateMs.sort((a, b) => a - b);
  const quantile = (q) => lateMs[Math.min(lateMs.length - 1, Math.floor(q * lateMs.length))] ?? 0;
  say({ sinceStartMs, endedAt, p50: quantile(0.5), p99: quantile(0.99), most: quantile(1) });
}
