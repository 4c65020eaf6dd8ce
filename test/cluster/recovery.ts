import { setTimeout as sleep } from "node:timers/promises";
import type { EventOf } from "../history/event.js";
import { scheduleOver } from "./caller.js";
import { Cluster, GRACE_MS, TTL_MS } from "./cluster.js";
import type { EngineName } from "./store.js";
import { until } from "./until.js";
import { BEAT, type Work } from "./work.js";

export interface Recovery {
  readonly fault: string;
  /** The longest time in which a job did not begin, less its interval, in ms; after the store's return, where it was away. */
  readonly longestMs: number;
  /** Jobs that missed more than one occurrence. */
  readonly waited: number;
  readonly jobs: number;
  /** Runs that ended as lost: also what a server had claimed, and no worker ever got. */
  readonly lost: number;
  /** Of them, those that a worker had begun. */
  readonly begun: number;
}

/** Does it; resolves once it is over, with for how long nobody could do anything about it, in ms. */
type Fault = (cluster: Cluster) => Promise<number>;

export const RECOVERIES: Readonly<Record<string, Fault>> = {
  "worker killed": async (cluster) => {
    await cluster.kill(cluster.worker(0));
    return 0;
  },
  "worker paused": async (cluster) => {
    cluster.pause(cluster.worker(0));
    await sleep(2 * TTL_MS);
    cluster.resume(cluster.worker(0));
    return 0;
  },
  "server killed": async (cluster) => {
    await cluster.kill(cluster.server(0));
    return 0;
  },
  "server paused": async (cluster) => {
    cluster.pause(cluster.server(0));
    await sleep(2 * TTL_MS);
    cluster.resume(cluster.server(0));
    return 0;
  },
  "server stopped cleanly": async (cluster) => {
    await cluster.server(0).end("SIGTERM");
    return 0;
  },
  "store away for 10 s": (cluster) => storeAway(cluster, 10_000),
  "store away for 60 s": (cluster) => storeAway(cluster, 60_000),
};

async function storeAway({ store }: Cluster, ms: number): Promise<number> {
  const comeBack = store.away();
  await sleep(ms);
  comeBack();
  return ms;
}

const JOBS = 40;
const EVERY_MS = 500;
/** Half of the jobs have a task out at any moment. */
const WORK_MS = 250;
const WORKERS = 4;
/** A fault ends within a lease and a grace; the machine may be slow besides. */
const LIMIT_MS = 2 * (TTL_MS + GRACE_MS) + 20_000;

/** Jobs that beat on two servers while a fault comes: how long it keeps any of them from running. */
export async function measureRecovery(engine: EngineName, fault: string): Promise<Recovery> {
  const strike = RECOVERIES[fault];
  if (!strike) throw new Error(`no fault of this name: ${fault}`);
  await using cluster = await Cluster.open({ engine, servers: 2, workers: WORKERS });
  const payload: Work = { ms: WORK_MS };
  const jobs = Array.from({ length: JOBS }, (_, n) => ({
    slug: `beat-${n}`,
    kind: BEAT,
    payload,
    // One after the other, so that some have a task out whenever the fault comes.
    trigger: { interval: { everyMs: EVERY_MS, anchorTime: new Date((n * EVERY_MS) / JOBS) } },
    policy: { retry: { initialBackoffMs: 100 } },
  }));
  await scheduleOver(cluster.client, cluster.ledger, jobs, 0);
  await until("all jobs beat", LIMIT_MS, () => least(cluster.seen("begun"), 0) >= 3, 250);
  const struckAt = monoNow();
  const awayMs = await strike(cluster);
  const overAt = monoNow();
  await until("all jobs beat again", LIMIT_MS, () => least(cluster.seen("begun"), overAt) >= 3, 250);
  const gaps = longestGaps(cluster.seen("begun"), struckAt).map((gapMs) => Math.max(0, gapMs - EVERY_MS - awayMs));
  const lost: string[] = [];
  for await (const run of cluster.client.listRuns({ filter: { states: ["lost"] }, pageSize: 1_000 })) {
    lost.push(run.runId);
  }
  const runs = new Set(cluster.seen("begun").map(({ run }) => run));
  return {
    fault,
    longestMs: Math.round(Math.max(...gaps)),
    waited: gaps.filter((gapMs) => gapMs > EVERY_MS).length,
    jobs: JOBS,
    lost: lost.length,
    begun: lost.filter((run) => runs.has(run)).length,
  };
}

/** A line of a table, and the table's head. */
export function recoveryLine({ fault, longestMs, waited, jobs, lost, begun }: Recovery): string {
  return `| ${fault.padEnd(22)} | ${String(longestMs).padStart(15)} | ${`${waited} of ${jobs}`.padStart(16)} | ${String(lost).padStart(9)} | ${String(begun).padStart(13)} |`;
}

export const RECOVERY_HEAD =
  "| fault                  | longest wait ms | jobs that waited | runs lost | of them begun |";

/** How often the job that began least has begun since then. */
function least(begun: readonly EventOf<"begun">[], since: number): number {
  const times = new Map<string, number>();
  for (let n = 0; n < JOBS; n++) times.set(`beat-${n}`, 0);
  for (const { slug, at } of begun) if (at > since) times.set(slug, (times.get(slug) ?? 0) + 1);
  return Math.min(...times.values());
}

/** Of each job the longest time between two beginnings of which the second came after `since`. */
function longestGaps(begun: readonly EventOf<"begun">[], since: number): number[] {
  const last = new Map<string, number>();
  const longest = new Map<string, number>();
  for (const { slug, at } of begun) {
    const before = last.get(slug);
    if (at > since && before !== undefined) longest.set(slug, Math.max(longest.get(slug) ?? 0, at - before));
    last.set(slug, at);
  }
  return [...longest.values()];
}

function monoNow(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
}
