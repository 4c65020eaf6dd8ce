import type { Run } from "../../core/run.js";
import type { ListRunsRequest, Page, RunFilter } from "../store.js";
import { Clauses } from "./clauses.js";
import { type Context, LOOK_LIMIT } from "./context.js";
import { BARE_RUN_CELLS, placeOfRun, placeParts, placeText, RUN_CELLS, runOf } from "./run-row.js";

/** By their places; looks at `LOOK_LIMIT` rows at most. */
export async function listRuns({ db }: Context, request: ListRunsRequest): Promise<Page<Run>> {
  const { filter, after, limit, results } = request;
  const sql = new Clauses();
  const looked = lookedAt(sql, filter, "<", after);
  const where = conditions(sql, filter);
  const text = `WITH looked AS MATERIALIZED (${looked})
    SELECT e.*, f.* FROM (SELECT min(at), (array_agg(id ORDER BY at, id))[1] FROM looked HAVING count(*) = ${LOOK_LIMIT}) e
    FULL JOIN (SELECT ${results ? RUN_CELLS : BARE_RUN_CELLS} FROM looked l JOIN @runs r ON r.at = l.at AND r.id = l.id
      WHERE ${where} ORDER BY r.at DESC, r.id DESC LIMIT ${sql.add(limit + 1)}) f ON true`;
  const rows = await db.read(text, sql.values);
  const found = rows.filter((row) => row[2] !== null).map(([, , ...cells]) => cells);
  const items = found.slice(0, limit).map(runOf);
  const last = found[limit - 1];
  if (found.length > limit && last) return { items, next: placeOfRun(last) };
  const [at, id] = rows[0] ?? [];
  return typeof at === "number" ? { items, next: placeText(at, id as number) } : { items };
}

/** Places, newest first or (`>`) oldest first, of one slug or of all. */
export function lookedAt(sql: Clauses, { slug }: RunFilter, side: "<" | ">", after: string | undefined): string {
  const where = ["true"];
  if (slug !== undefined) where.push(`slug = ${sql.add(slug)}`);
  if (after !== undefined) {
    const [at, id] = placeParts(after);
    where.push(`(at, id) ${side} (${sql.add(at)}::bigint, ${sql.add(id)}::bigint)`);
  }
  const direction = side === "<" ? "DESC" : "ASC";
  return `SELECT at, id FROM @runs WHERE ${where.join(" AND ")} ORDER BY at ${direction}, id ${direction} LIMIT ${LOOK_LIMIT}`;
}

/** What a row is looked at for: whether it is shown, and all of the filter but the slug. */
export function conditions(sql: Clauses, { kinds, states, endedAfter, endedBefore }: RunFilter): string {
  const where = ["NOT r.hidden"];
  if (kinds) where.push(`r.kind = ANY (${sql.add([...kinds])}::text[])`);
  if (states) where.push(`r.state = ANY (${sql.add([...states])}::text[])`);
  if (endedAfter) where.push(`r.ended_at >= ${sql.add(endedAfter.getTime())}`);
  if (endedBefore) where.push(`r.ended_at < ${sql.add(endedBefore.getTime())}`);
  return where.join(" AND ");
}
