import type { ListRunsRequest, Page, RunFilter } from "../../store.js";
import type { RunRow, Value } from "../wire.js";
import { type Context, LOOK_LIMIT } from "./context.js";

export const RUN_TEXT = `'[' || json_array(r.slug, r.token, r.state, r.by, r.ended_at, r.expire_at, r.hidden) || ',' ||
  r.facts || ']'`;

/** By their numbers, which are the order of the commits; looks at `LOOK_LIMIT` rows at most. */
export function listRuns(context: Context, { filter, after, limit, results }: ListRunsRequest): Page<RunRow> {
  const { db, kinds } = context;
  const before = after === undefined ? Number.MAX_SAFE_INTEGER : Number(after);
  const looked = `SELECT * FROM runs WHERE id < ?${filter.slug === undefined ? "" : " AND slug = ?"} ORDER BY id DESC`;
  const lookedValues: Value[] = filter.slug === undefined ? [before] : [before, filter.slug];
  const { where, values } = conditions(context, filter);
  const sql = `SELECT ${RUN_TEXT}, ${results ? "r.result" : "NULL"}, r.kind_id, r.id FROM (${looked} LIMIT ${LOOK_LIMIT}) r
    WHERE ${where} LIMIT ?`;
  return db.reading(() => {
    const found = db.all(sql, [...lookedValues, ...values, limit + 1]);
    const items = found.slice(0, limit).map(([text, result, kindId]): RunRow => {
      return [text as string, result as Uint8Array | null, kinds.name(kindId as number)];
    });
    if (found.length > limit) return { items, next: String(found[limit - 1]?.[3]) };
    const end = db.get(`SELECT id FROM (${looked} LIMIT 1 OFFSET ${LOOK_LIMIT - 1})`, lookedValues)?.[0];
    return end === undefined ? { items } : { items, next: String(end) };
  });
}

/** What a row is looked at for: whether it is shown, and all of the filter but the slug. */
export function conditions(
  { kinds }: Context,
  filter: RunFilter,
): { readonly where: string; readonly values: readonly Value[] } {
  const where = ["hidden = 0"];
  const values: Value[] = [];
  const add = (sql: string, value: Value) => {
    where.push(sql);
    values.push(value);
  };
  if (filter.kinds) {
    const ids = filter.kinds.flatMap((name) => kinds.find(name) ?? []);
    add("kind_id IN (SELECT value FROM json_each(?))", JSON.stringify(ids));
  }
  if (filter.states) add("state IN (SELECT value FROM json_each(?))", JSON.stringify(filter.states));
  if (filter.endedAfter) add("ended_at >= ?", filter.endedAfter.getTime());
  if (filter.endedBefore) add("ended_at < ?", filter.endedBefore.getTime());
  return { where: where.join(" AND "), values };
}
