import type { StoredJob } from "../../core/job.js";
import { compareBytewise } from "../bytewise.js";
import { endOfPrefix } from "../prefix-range.js";
import { type RareState, rareParts } from "../rare.js";
import type { JobFilter, ListJobsRequest, Page } from "../store.js";
import { Clauses } from "./clauses.js";
import { type Context, LOOK_LIMIT } from "./context.js";
import { CLAIMABLE_KINDS } from "./count-jobs.js";
import type { Database, Row } from "./database.js";
import { BARE_CELLS, bareJobOf, CELLS, jobOf } from "./job-row.js";
import { labelLine } from "./labels.js";
import { LOCKING } from "./leases.js";
import { OF_STATE, STATE } from "./states.js";

/**
 * From `after` on, the jobs that match among the next of all, in the order of their slugs; where partial indexes find all
 * that can match, and they are few, among these alone.
 */
export async function listJobs({ db }: Context, request: ListJobsRequest): Promise<Page<StoredJob>> {
  const { filter, limit, payloads } = request;
  const few = await fewJobs(db, filter);
  const sql = new Clauses();
  const where = conditions(sql, filter);
  // Without a condition every entry is on the page. Rounded up: each number is a statement of its own, which sessions keep.
  const look = where.length === 0 ? 2 ** Math.ceil(Math.log2(limit + 1)) : LOOK_LIMIT;
  const looked = lookedAt(sql, request, few?.(sql), look);
  // One statement, so that what the page ends at is what it has looked at. OFFSET keeps the jobs from being merged with a walk
  // over all of them, which the planner takes for cheaper than ten thousand searches: 1,600 ms among a million jobs, and so 50.
  const text = `WITH looked AS MATERIALIZED (${looked})
    SELECT e.last, f.* FROM (SELECT CASE WHEN count(*) = ${look} THEN max(slug) END AS last FROM looked) e
    LEFT JOIN LATERAL (SELECT c.* FROM looked l CROSS JOIN LATERAL (
      SELECT ${payloads ? CELLS : BARE_CELLS} FROM @jobs j WHERE ${["j.slug = l.slug", ...where].join(" AND ")} OFFSET 0
    ) c ORDER BY l.slug LIMIT ${sql.add(limit + 1)}) f ON true`;
  const rows = await db.read(text, sql.values);
  const found = rows.filter(([, slug]) => slug !== null).sort(bySlug);
  const items = found.slice(0, limit).map(([, ...cells]) => (payloads ? jobOf(cells) : bareJobOf(cells)));
  const last = items.at(-1);
  if (found.length > limit && last) return { items, next: last.slug };
  const end = rows[0]?.[0];
  return typeof end === "string" && where.length > 0 ? { items, next: end } : { items };
}

/** A join may answer in any order. */
function bySlug([, one]: Row, [, other]: Row): number {
  return compareBytewise(one as string, other as string);
}

/** Slugs, in their order, that may match. */
function lookedAt(sql: Clauses, { filter, after }: ListJobsRequest, few: string | undefined, most: number): string {
  const { slugs, slugPrefix } = filter;
  const where = ["true"];
  if (after !== undefined) where.push(`slug > ${sql.add(after)}`);
  if (slugPrefix) {
    where.push(`slug >= ${sql.add(slugPrefix)}`);
    const end = endOfPrefix(slugPrefix);
    if (end !== undefined) where.push(`slug < ${sql.add(end)}`);
  }
  if (slugs) where.push(`slug = ANY (${sql.add([...slugs])}::text[])`);
  const source = few === undefined ? "@jobs" : `(${few}) few`;
  return `SELECT slug FROM ${source} WHERE ${where.join(" AND ")} ORDER BY slug LIMIT ${most}`;
}

function conditions(sql: Clauses, { kinds, states, dueAfter, dueBefore, labels }: JobFilter): string[] {
  const where: string[] = [];
  if (kinds) where.push(`j.kind = ANY (${sql.add([...kinds])}::text[])`);
  if (states) where.push(`${STATE} = ANY (${sql.add([...states])}::text[])`);
  if (dueAfter) where.push(`j.at >= ${sql.add(dueAfter.getTime())}`);
  if (dueBefore) where.push(`j.at < ${sql.add(dueBefore.getTime())}`);
  for (const [key, value] of Object.entries(labels ?? {})) {
    where.push(`strpos(j.labels, ${sql.add(labelLine(key, value))}) > 0`);
  }
  return where;
}

/** With more kinds than this a list goes by slug, and looks at the kinds row by row. */
const KINDS_SEARCHED = 1_000;

/**
 * The slugs, in no order, among which all that match are, where partial indexes find them and they are few: at most
 * `LOOK_LIMIT`. Undefined: they are many, or nobody knows.
 */
async function fewJobs(db: Database, filter: JobFilter): Promise<((sql: Clauses) => string) | undefined> {
  const branches = await branchesOf(db, filter);
  if (branches.length === 0) return undefined;
  const of = (sql: Clauses) => branches.map((branch) => branch(sql)).join(" UNION ALL ");
  const sql = new Clauses();
  const text = `SELECT count(*) FROM (SELECT 1 FROM (${of(sql)}) b LIMIT ${LOOK_LIMIT + 1}) n`;
  return Number((await db.read(text, sql.values))[0]?.[0]) <= LOOK_LIMIT ? of : undefined;
}

type Branch = (sql: Clauses) => string;

async function branchesOf(db: Database, filter: JobFilter): Promise<readonly Branch[]> {
  const { slugs, kinds } = filter;
  if (slugs || (kinds && kinds.length > KINDS_SEARCHED)) return [];
  const parts = rareParts(filter);
  if (parts) {
    const states = parts.states.map((state) => stateBranch(state, kinds));
    if (!parts.due) return states;
    if (!kinds) {
      const found = await db.read(`${CLAIMABLE_KINDS} LIMIT ${KINDS_SEARCHED + 1}`);
      if (found.length > KINDS_SEARCHED) return [];
    }
    return [dueBranch(filter, kinds), ...states];
  }
  // Every job of a kind is in one of these.
  if (!kinds) return [];
  const others = (["running", "paused", "dead", "completed"] as const).map((state) => stateBranch(state, kinds));
  return [dueBranch(filter, kinds), ...others];
}

function stateBranch(state: RareState, kinds: readonly string[] | undefined): Branch {
  const where = OF_STATE[state];
  // What is completed while it is dead would be met twice.
  const own =
    state === "completed" ? `${where} AND dead IS NULL` : state === "dead" ? `${where} AND lock_token IS NULL` : where;
  return (sql) => {
    if (!kinds) return `SELECT slug FROM @jobs WHERE ${own}`;
    const given = sql.add([...kinds]);
    if (state === "running") {
      return `SELECT j.slug FROM (${LOCKING}) l CROSS JOIN unnest(${given}::text[]) w (kind)
        JOIN @jobs j ON j.lock_lease = l.lease AND j.kind = w.kind`;
    }
    return `SELECT slug FROM @jobs WHERE kind = ANY (${given}::text[]) AND ${own}`;
  };
}

/**
 * What may be claimed, by its time. Without kinds, of those that there are in this very statement: a job that was running a
 * moment ago may be the first one of its kind.
 */
function dueBranch({ dueAfter, dueBefore }: JobFilter, kinds: readonly string[] | undefined): Branch {
  return (sql) => `SELECT j.slug
    FROM ${kinds ? `unnest(${sql.add([...kinds])}::text[])` : `(${CLAIMABLE_KINDS})`} w (kind)
    CROSS JOIN (VALUES (0), (1), (2), (3)) p (pri)
    JOIN @jobs j ON j.kind = w.kind AND j.pri = p.pri AND j.due >= ${sql.add(dueAfter?.getTime() ?? 0)}::bigint
      AND j.due < ${sql.add(dueBefore?.getTime() ?? Number.MAX_SAFE_INTEGER)}::bigint`;
}
