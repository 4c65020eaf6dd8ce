import { parseArgs } from "node:util";
import { bareSqlite } from "./bare-sqlite.js";
import { bareStream } from "./bare-stream.js";
import { measureClients } from "./clients.js";
import { measureCron } from "./cron.js";
import { measureMongo } from "./mongo/section.js";
import { measurePostgres } from "./postgres/section.js";
import { atLeast, Report } from "./report.js";
import { type Drained, drain, type Engine, lateness, schedule, whole } from "./tickwire.js";

const HELP = `npm run bench -- [--quick] [--out FILE] [NAME ...]

Measures Tickwire beside bare loops, on MongoDB beside Agenda, on PostgreSQL beside graphile-worker and River, its cron engine
beside cron-parser and croner, and the workers of three languages beside each other, in the same run; prints a table, and writes
it as JSON.

  NAME         only these: memory, sqlite, lateness, schedule, cron, clients, mongo, postgres
  --quick      small sizes, for a check that the benchmarks work: its figures mean nothing
  --out FILE   where the JSON goes (default: bench/results/latest.json)
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: "boolean" }, out: { type: "string" }, help: { type: "boolean", short: "h" } },
});
const quick = values.quick === true;
const report = new Report(quick);
/** As many as a busy fleet has: the bare stream has the same in flight. */
const PLACES = 2_000;

if (values.help) process.stdout.write(HELP);
else await main();

async function main(): Promise<void> {
  if (wanted("memory")) await throughputOnMemory();
  if (wanted("sqlite")) await throughputOnSqlite();
  if (wanted("lateness")) for (const engine of ["memory", "sqlite"] as const) await late(engine);
  if (wanted("schedule")) await scheduling();
  if (wanted("cron")) await measureCron(report, quick);
  if (wanted("clients")) await measureClients(report, quick);
  if (wanted("mongo")) await measureMongo(report, quick);
  if (wanted("postgres")) await measurePostgres(report, quick);
  const out = values.out ?? "bench/results/latest.json";
  report.write(out);
  process.stdout.write(`written to ${out}\n`);
}

function wanted(name: string): boolean {
  return positionals.length === 0 || positionals.includes(name);
}

async function throughputOnMemory(): Promise<void> {
  const tasks = quick ? 2_000 : 100_000;
  const drained = await medianDrain("memory", tasks);
  // The same frames: as many tasks in each as Tickwire has just sent.
  const frame = Math.max(1, Math.round(drained.tasksPerFrame));
  report.row({ name: "memory, tasks in a frame", value: frame, unit: "tasks" });
  const bare = await median(() => bareStream(tasks, PLACES, frame));
  report.row({ name: "bare grpc-js stream, same frames", value: bare, unit: "tasks/s" });
  const rate = drained.perSecond;
  report.row({ name: "memory, dispatch to receipt", value: rate, unit: "tasks/s", ...atLeast(rate, bare, 0.6) });
  const all = await whole("memory", tasks, PLACES);
  report.row({ name: "memory, schedule to receipt", value: all, unit: "tasks/s", ratio: all / bare });
}

async function throughputOnSqlite(): Promise<void> {
  const tasks = quick ? 2_000 : 60_000;
  const bare = await median(() => Promise.resolve(bareSqlite(tasks).claimAndDelete));
  report.row({ name: "bare SQLite claim + delete", value: bare, unit: "tasks/s" });
  const drained = await medianDrain("sqlite", tasks);
  const rate = drained.perSecond;
  report.row({ name: "SQLite, dispatch to receipt", value: rate, unit: "tasks/s", ...atLeast(rate, bare, 0.5) });
  report.row({ name: "SQLite, event loop's delay, p99", value: drained.loopDelayMs, unit: "ms" });
  const inline = await medianDrain("sqlite", tasks, true);
  report.row({ name: "SQLite on one thread, to receipt", value: inline.perSecond, unit: "tasks/s" });
  report.row({ name: "SQLite on one thread, delay, p99", value: inline.loopDelayMs, unit: "ms" });
  const all = await whole("sqlite", tasks, PLACES);
  report.row({ name: "SQLite, schedule to receipt", value: all, unit: "tasks/s", ratio: all / bare });
}

async function late(engine: Engine): Promise<void> {
  const { p50, p99, most } = await lateness(engine, 250, quick ? 1 : 20);
  report.row({ name: `${engine}, lateness p50 at 250/s`, value: p50, unit: "ms", budget: "<= 5", met: p50 <= 5 });
  report.row({ name: `${engine}, lateness p99 at 250/s`, value: p99, unit: "ms", budget: "<= 20", met: p99 <= 20 });
  report.row({ name: `${engine}, lateness, the latest`, value: most, unit: "ms" });
}

async function scheduling(): Promise<void> {
  const batched = quick ? 1_000 : 50_000;
  const bare = bareSqlite(batched).insert;
  const { p50, perSecond } = await schedule("sqlite", quick ? 50 : 1_000, batched);
  report.row({ name: "SQLite, a schedule call, p50", value: p50, unit: "ms", budget: "<= 2", met: p50 <= 2 });
  report.row({ name: "bare SQLite insert", value: bare, unit: "jobs/s" });
  report.row({
    name: "SQLite, schedule in batches of 500",
    value: perSecond,
    unit: "jobs/s",
    ...atLeast(perSecond, bare, 0.7),
  });
}

/** Of three runs: these machines are noisy. */
async function median(measure: () => Promise<number>): Promise<number> {
  const runs: number[] = [];
  for (let run = 0; run < (quick ? 1 : 3); run++) runs.push(await measure());
  return runs.sort((a, b) => a - b)[Math.floor(runs.length / 2)] ?? 0;
}

/** Of three: the one in the middle by its rate, with its other figures. */
async function medianDrain(engine: Engine, tasks: number, inline = false): Promise<Drained> {
  const runs: Drained[] = [];
  const perSecond = await median(async () => {
    const run = await drain(engine, tasks, PLACES, inline);
    runs.push(run);
    return run.perSecond;
  });
  return runs.find((run) => run.perSecond === perSecond) ?? { perSecond, tasksPerFrame: 0, loopDelayMs: 0 };
}
