// Runs `total` Agenda jobs named `bench` that do nothing. Says that it is there, and then how long it took from `start` until the
// last of them was stored as done, and how late they began.
import { MongoBackend } from "@agendajs/mongo-backend";
import { Agenda } from "agenda";
import { say } from "./fact.mjs";

const [address, totalText, placesText, processEveryText] = process.argv.slice(2);
const total = Number(totalText);
const places = Number(placesText);
const agenda = new Agenda({
  backend: new MongoBackend({ address }),
  processEvery: Number(processEveryText),
  maxConcurrency: places,
  defaultConcurrency: places,
  // 0: no limit.
  lockLimit: 0,
  defaultLockLimit: 0,
});
const lateMs = [];
let done = 0;
agenda.define("bench", ({ attrs }) => {
  lateMs.push(Date.now() - attrs.data.dueAt);
});
agenda.on("complete", () => {
  if (++done === total) finish();
});
agenda.on("error", (error) => {
  throw error;
});
await agenda.ready;
say({ connected: true });
const startedAt = performance.now();
await agenda.start();

function finish() {
  const sinceStartMs = performance.now() - startedAt;
  lateMs.sort((a, b) => a - b);
  const quantile = (q) => lateMs[Math.min(lateMs.length - 1, Math.floor(q * lateMs.length))] ?? 0;
  say({ sinceStartMs, endedAt: Date.now(), p50: quantile(0.5), p99: quantile(0.99), most: quantile(1) });
}
