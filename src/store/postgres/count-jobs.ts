import type { JobState } from "../../core/job.js";
import { limit } from "../../core/limits.js";
import { chunks } from "../chunks.js";
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
      SELECT 1 FROM @jobs j WHERE j.lock_lease = l.lease AND j.kind = w.kind LIMIT $2) o
      LIMIT $2) n) c WHERE c.count > 0`;

export const OLDEST = `SELECT w.kind, min(n.due) FROM unnest($1::text[]) w (kind)
  CROSS JOIN (VALUES (0), (1), (2), (3)) p (pri)
  CROSS JOIN LATERAL (SELECT j.due FROM @jobs j WHERE j.kind = w.kind AND j.pri = p.pri AND j.due IS NOT NULL
    ORDER BY j.due, j.slug LIMIT 1) n GROUP BY 1`;

export async function countJobs(context: Context, kinds: readonly string[]): Promise<KindCounts[]> {
  const counted: Counted[] = [];
  for (const some of chunks(kinds, TOGETHER)) counted.push(...(await countSome(context, some)));
  const sample = needsSample(counted) ? await context.sample.read() : undefined;
  return counted.map((one) => estimated(one, sample));
}

/** All of one moment: a job that moves from one state to another meanwhile is in one of them. $1 kinds, $2 the most. */
const COUNTS = Object.entries({
  claimable: CLAIMABLE,
  oldest: OLDEST,
  running: RUNNING,
  retrying: RETRYING,
  paused: PAUSED,
  dead: DEAD,
  completed: COMPLETED,
})
  .map(([what, sql]) => `SELECT '${what}', c.* FROM (${sql}) c`)
  .join(" UNION ALL ");

async function countSome({ db }: Context, kinds: readonly string[]): Promise<Counted[]> {
  const rows = await db.read(COUNTS, [[...kinds], limit("counted_jobs") + 1]);
  const found = new Map(rows.map(([what, kind, n]) => [`${what} ${kind}`, n as number]));
  return kinds.map((kind) => {
    const n = (what: string) => found.get(`${what} ${kind}`) ?? 0;
    const jobs = {
      scheduled: scheduledOf(n("claimable"), n("retrying")),
      running: n("running"),
      retrying: n("retrying"),
      paused: n("paused"),
      dead: n("dead"),
      completed: n("completed"),
    } satisfies Record<JobState, number>;
    const due = found.get(`oldest ${kind}`);
    return { kind, jobs, ...(due !== undefined && { oldestDue: new Date(due) }) };
  });
}

/** From one kind to the next, in the order of a partial index. */
const kindsOf = (where: string) => `WITH RECURSIVE k (kind) AS (
    (SELECT kind FROM @jobs WHERE ${where} ORDER BY kind LIMIT 1)
    UNION ALL
    SELECT (SELECT j.kind FROM @jobs j WHERE ${where} AND j.kind > k.kind ORDER BY j.kind LIMIT 1) FROM k WHERE k.kind IS NOT NULL
  ) SELECT kind FROM k WHERE kind IS NOT NULL`;

export const CLAIMABLE_KINDS = kindsOf("due IS NOT NULL");

/**
 * The same, from one kind of a lease to its next, and to the next lease. A comparison of rows does not tell the planner that the
 * lease is not null, as the partial index says of all in it: without that it would read the whole table, once for each.
 */
const RUNNING_KINDS = `WITH RECURSIVE k (lease, kind) AS (
    (SELECT lock_lease, kind FROM @jobs WHERE lock_lease IS NOT NULL ORDER BY lock_lease, kind LIMIT 1)
    UNION ALL
    SELECT n.* FROM k CROSS JOIN LATERAL (SELECT j.lock_lease, j.kind FROM @jobs j
      WHERE (j.lock_lease, j.kind) > (k.lease, k.kind) AND j.lock_lease IS NOT NULL ORDER BY j.lock_lease, j.kind LIMIT 1) n
  ) SELECT kind FROM k`;

/** Every job is in one of these indexes; of one moment, as the counts. */
const KINDS = [CLAIMABLE_KINDS, ...(["paused", "dead", "completed"] as const).map((state) => kindsOf(OF_STATE[state]))]
  .concat(RUNNING_KINDS)
  .map((sql) => `SELECT kind FROM (${sql}) k`)
  .join(" UNION ");

export async function kindsOfJobs({ db }: Context, most: number): Promise<string[]> {
  const rows = await db.read(`SELECT kind FROM (${KINDS}) k ORDER BY kind LIMIT $1`, [most]);
  return rows.map(([kind]) => kind as string);
}
