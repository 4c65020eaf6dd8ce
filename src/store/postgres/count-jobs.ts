import type { JobState } from "../../core/job.js";
import { limit } from "../../core/limits.js";
import { compareBytewise } from "../bytewise.js";
import { type Counted, estimated, needsSample, scheduledOf } from "../estimate.js";
import type { KindCounts } from "../store.js";
import type { Context } from "./context.js";
import { LOCKING } from "./leases.js";
import { OF_STATE } from "./states.js";

/** Kinds that one statement counts: each up to `counted_jobs` entries of an index for each state. */
const TOGETHER = 20;

/** Entries of a partial index, up to one more than are counted. $1 kinds, $2 the most. */
const count = (where: string) => `SELECT w.kind, c.count FROM unnest($1::text[]) w (kind) CROSS JOIN LATERAL (
    SELECT count(*) FROM (SELECT 1 FROM @jobs WHERE kind = w.kind AND ${where} LIMIT $2) n) c WHERE c.count > 0`;

export const CLAIMABLE = count("due IS NOT NULL");
export const RETRYING = count(OF_STATE.retrying);
export const PAUSED = count(OF_STATE.paused);
export const DEAD = count(OF_STATE.dead);
export const COMPLETED = count(OF_STATE.completed);
/** Lease by lease: the entries of one are ordered by kind, and of each so many are read at most. */
export const RUNNING = `SELECT w.kind, c.count FROM unnest($1::text[]) w (kind) CROSS JOIN LATERAL (
    SELECT count(*) FROM (SELECT 1 FROM (${LOCKING}) l CROSS JOIN LATERAL (
      SELECT j.slug FROM @jobs j WHERE j.lock_lease = l.lease AND j.kind = w.kind ORDER BY j.slug LIMIT $2) o
      LIMIT $2) n) c WHERE c.count > 0`;

export const OLDEST = `SELECT w.kind, min(n.due) FROM unnest($1::text[]) w (kind)
  CROSS JOIN (VALUES (0), (1), (2), (3)) p (pri)
  CROSS JOIN LATERAL (SELECT j.due FROM @jobs j WHERE j.kind = w.kind AND j.pri = p.pri AND j.due IS NOT NULL
    ORDER BY j.due, j.slug LIMIT 1) n GROUP BY 1`;

export async function countJobs(context: Context, kinds: readonly string[]): Promise<KindCounts[]> {
  const counted: Counted[] = [];
  for (let from = 0; from < kinds.length; from += TOGETHER) {
    counted.push(...(await countSome(context, kinds.slice(from, from + TOGETHER))));
  }
  const sample = needsSample(counted) ? await context.sample.read() : undefined;
  return counted.map((one) => estimated(one, sample));
}

async function countSome({ db }: Context, kinds: readonly string[]): Promise<Counted[]> {
  const of = async (sql: string, ...more: number[]): Promise<ReadonlyMap<string, number>> =>
    new Map((await db.read(sql, [[...kinds], ...more])).map(([kind, n]) => [kind as string, n as number]));
  const most = limit("counted_jobs") + 1;
  // One after the other: a call for numbers shall not take all of the connections.
  const claimable = await of(CLAIMABLE, most);
  const oldest = await of(OLDEST);
  const rare = {
    running: await of(RUNNING, most),
    retrying: await of(RETRYING, most),
    paused: await of(PAUSED, most),
    dead: await of(DEAD, most),
    completed: await of(COMPLETED, most),
  };
  return kinds.map((kind) => {
    const n = (found: ReadonlyMap<string, number>) => found.get(kind) ?? 0;
    const jobs = {
      scheduled: scheduledOf(n(claimable), n(rare.retrying)),
      running: n(rare.running),
      retrying: n(rare.retrying),
      paused: n(rare.paused),
      dead: n(rare.dead),
      completed: n(rare.completed),
    } satisfies Record<JobState, number>;
    const due = n(claimable) > 0 ? oldest.get(kind) : undefined;
    return { kind, jobs, ...(due !== undefined && { oldestDue: new Date(due) }) };
  });
}

/** From one kind to the next, in the order of a partial index. */
const kindsOf = (where: string) => `WITH RECURSIVE k (kind) AS (
    (SELECT kind FROM @jobs WHERE ${where} ORDER BY kind LIMIT 1)
    UNION ALL
    SELECT (SELECT j.kind FROM @jobs j WHERE ${where} AND j.kind > k.kind ORDER BY j.kind LIMIT 1) FROM k WHERE k.kind IS NOT NULL
  ) SELECT kind FROM k WHERE kind IS NOT NULL`;

/** Of one lease after the other: its entries are ordered by kind. */
const RUNNING_KINDS = `SELECT DISTINCT j.kind FROM (${LOCKING}) l JOIN @jobs j ON j.lock_lease = l.lease LIMIT $1`;
export const CLAIMABLE_KINDS = kindsOf("due IS NOT NULL");
const WITH_STATE = [
  `${CLAIMABLE_KINDS} LIMIT $1`,
  `${kindsOf(OF_STATE.paused)} LIMIT $1`,
  `${kindsOf(OF_STATE.dead)} LIMIT $1`,
  `${kindsOf(OF_STATE.completed)} LIMIT $1`,
  RUNNING_KINDS,
];

/** Every job is in one of these indexes. */
export async function kindsOfJobs({ db }: Context, most: number): Promise<string[]> {
  const kinds = new Set<string>();
  for (const sql of WITH_STATE) for (const [kind] of await db.read(sql, [most])) kinds.add(kind as string);
  return [...kinds].sort(compareBytewise).slice(0, most);
}
