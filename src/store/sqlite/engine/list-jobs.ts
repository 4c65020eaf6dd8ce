import { compareBytewise } from "../../bytewise.js";
import { endOfPrefix } from "../../prefix-range.js";
import type { JobFilter, ListJobsRequest } from "../../store.js";
import type { JobRows, Value } from "../wire.js";
import type { Row } from "./connection.js";
import type { Context } from "./context.js";
import { type Clauses, fewJobs } from "./few-jobs.js";
import { JOB_CELLS, JOB_CELLS_WITHOUT_PAYLOAD, jobRows } from "./jobs.js";
import { STATE } from "./state.js";

/** With more kinds than this a list goes by slug alone, and looks at the kinds row by row. */
const KINDS_MERGED = 8;
/** Entries of an index that one call looks at, each a row or two anywhere in the file: a few milliseconds, 15 where the file is not in memory. */
const STEP = 500;
/** Jobs that one call reads whole. */
const ROWS = 250;

/** A part of a page: it may be short, or empty, and still have a next one. */
export interface JobRowsPage {
  readonly rows: JobRows;
  /** How many entries were looked at, as far as that is known. */
  readonly looked: number;
  readonly next?: string;
}

/**
 * From `after` on, the jobs that match among the next entries of an index; where another index finds all that can match, and
 * they are few, among these alone.
 */
export function listJobs(context: Context, request: ListJobsRequest): JobRowsPage {
  const limit = Math.min(request.limit, ROWS);
  return context.db.reading(() => {
    const looked = range(context, request);
    if (!looked) return { rows: jobRows(context, [], false), looked: 0 };
    const filter = conditions(context, request.filter);
    const found = select(context, request, looked, filter, limit);
    const rows = jobRows(context, found.slice(0, limit), request.payloads);
    if (found.length > limit) return { rows, looked: limit, next: String(found[limit - 1]?.[3]) };
    const next = nextLook(context, looked, filter);
    return typeof next === "string" ? { rows, looked: STEP, next } : { rows, looked: found.length };
  });
}

/** (id, slug) in the order of the slugs. Undefined: nothing can match. */
function range(context: Context, { filter, after }: ListJobsRequest): Clauses | undefined {
  const { slugs, slugPrefix, kinds } = filter;
  // One lower bound: SQLite searches by one, and would look at each entry between them for the other.
  const behind = after !== undefined && compareBytewise(after, slugPrefix ?? "") >= 0;
  const where = [behind ? "slug > ?" : "slug >= ?"];
  const values: Value[] = [behind ? after : (slugPrefix ?? "")];
  const end = slugPrefix ? endOfPrefix(slugPrefix) : undefined;
  if (end !== undefined) {
    where.push("slug < ?");
    values.push(end);
  }
  if (slugs) {
    where.push("slug IN (SELECT value FROM json_each(?))");
    values.push(JSON.stringify(slugs));
    return { sql: `SELECT id, slug FROM job_state WHERE ${where.join(" AND ")} ORDER BY slug`, values };
  }
  const ids = kinds && [...new Set(kinds.flatMap((name) => context.kinds.find(name) ?? []))];
  if (ids?.length === 0) return undefined;
  const few = fewJobs(context, filter, ids);
  if (few) {
    return {
      sql: `SELECT id, slug FROM (${few.sql}) WHERE ${where.join(" AND ")} ORDER BY slug`,
      values: [...few.values, ...values],
    };
  }
  if (!ids || ids.length > KINDS_MERGED) {
    return { sql: `SELECT id, slug FROM job_state WHERE ${where.join(" AND ")} ORDER BY slug`, values };
  }
  // Each part comes in the order of its index, so SQLite merges them and sorts nothing.
  const part = `SELECT id, slug FROM job_state WHERE kind_id = ? AND ${where.join(" AND ")}`;
  return {
    sql: `${ids.map(() => part).join(" UNION ALL ")} ORDER BY slug`,
    values: ids.flatMap((id) => [id, ...values]),
  };
}

/** What an index's entry does not tell. */
function conditions(context: Context, filter: JobFilter): Clauses {
  const where: string[] = [];
  const values: Value[] = [];
  const add = (sql: string, ...bound: Value[]) => {
    where.push(sql);
    values.push(...bound);
  };
  if (filter.kinds) {
    const ids = filter.kinds.flatMap((name) => context.kinds.find(name) ?? []);
    if (filter.slugs || ids.length > KINDS_MERGED)
      add("s.kind_id IN (SELECT value FROM json_each(?))", JSON.stringify(ids));
  }
  if (filter.states) add(`${STATE} IN (SELECT value FROM json_each(?))`, JSON.stringify(filter.states));
  if (filter.dueAfter) add("s.at >= ?", filter.dueAfter.getTime());
  if (filter.dueBefore) add("s.at < ?", filter.dueBefore.getTime());
  for (const [key, value] of Object.entries(filter.labels ?? {})) {
    add("EXISTS (SELECT 1 FROM json_each(j.definition, '$.labels') l WHERE l.key = ? AND l.value = ?)", key, value);
  }
  return { sql: where.map((one) => ` AND ${one}`).join(""), values };
}

function select(context: Context, request: ListJobsRequest, looked: Clauses, filter: Clauses, limit: number): Row[] {
  const cells = request.payloads ? JOB_CELLS : JOB_CELLS_WITHOUT_PAYLOAD;
  const sql = `SELECT ${cells}, s.slug FROM (${looked.sql} LIMIT ${STEP}) c
    CROSS JOIN job_state s ON s.id = c.id CROSS JOIN jobs j ON j.id = s.id WHERE true${filter.sql} LIMIT ?`;
  return context.db.all(sql, [...looked.values, ...filter.values, limit + 1]);
}

/** The slug at which the look ended before the index did. Without a filter it ends where the page does. */
function nextLook(context: Context, looked: Clauses, filter: Clauses): Value | undefined {
  if (filter.sql === "") return undefined;
  return context.db.get(`SELECT slug FROM (${looked.sql} LIMIT 1 OFFSET ${STEP - 1})`, looked.values)?.[0];
}
