import type { RunPlacesRequest } from "../../store.js";
import type { PlacesPart, RunRow, Value } from "../wire.js";
import { type Context, LOOK_LIMIT } from "./context.js";
import { conditions, RUN_TEXT } from "./list-runs.js";

const HISTORY = "SELECT identity, swept, (SELECT max(id) FROM runs) FROM history";

/**
 * The history forwards. Numbers are given inside the one transaction that writes, so whoever sees a row sees every row with a
 * lower number that will ever be: nothing comes late.
 */
export function runPlaces(context: Context, { filter, after, limit }: RunPlacesRequest): PlacesPart {
  const { db } = context;
  const looked = `FROM runs WHERE id > ?${filter.slug === undefined ? "" : " AND slug = ?"} ORDER BY id LIMIT ${LOOK_LIMIT}`;
  const { where, values } = conditions(context, filter);
  return db.reading(() => {
    const [, swept = 0, max] = (db.get(HISTORY) ?? []) as [string?, number?, (number | null)?];
    const newest = max ?? 0;
    const from = after === undefined ? newest : Number(after);
    // Above the newest: the file was put back to an older state.
    const gap = from < swept || from > newest;
    if (from >= newest) return { text: "[]", next: newest, end: true, gap };
    const lookedValues: Value[] = filter.slug === undefined ? [from] : [from, filter.slug];
    const found = db.get(
      `SELECT json_group_array(json_array(id, token)), max(id), count(*) FROM
        (SELECT id, token FROM (SELECT * ${looked}) WHERE ${where} LIMIT ?)`,
      [...lookedValues, ...values, limit],
    );
    const [text, last, count] = found as [string, number | null, number];
    if (count === limit) return { text, next: last as number, end: last === newest, gap };
    const [rows, end] = db.get(`SELECT count(*), max(id) FROM (SELECT id ${looked})`, lookedValues) as [number, number];
    return rows === LOOK_LIMIT ? { text, next: end, end: end === newest, gap } : { text, next: newest, end: true, gap };
  });
}

const AT = (
  result: string,
) => `SELECT ${RUN_TEXT}, ${result}, r.kind_id FROM json_each(?) k CROSS JOIN runs r ON r.id = k.value
  ORDER BY k.key`;

export function runsAt({ db, kinds }: Context, places: readonly number[], results: boolean): RunRow[] {
  return db.reading(() =>
    db.all(AT(results ? "r.result" : "NULL"), [JSON.stringify(places)]).map(([text, result, kindId]) => {
      return [text as string, result as Uint8Array | null, kinds.name(kindId as number)];
    }),
  );
}

export function identity({ db }: Context): string {
  return db.get(HISTORY)?.[0] as string;
}
