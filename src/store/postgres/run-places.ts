import type { Run } from "../../core/run.js";
import type { RunPlaces, RunPlacesRequest } from "../store.js";
import { Clauses } from "./clauses.js";
import { type Context, LOOK_LIMIT, now } from "./context.js";
import { STATEMENT_MS } from "./database.js";
import { conditions, lookedAt } from "./list-runs.js";
import { BARE_RUN_CELLS, placeOfRun, placeParts, placeText, RUN_CELLS, runOf } from "./run-row.js";

/**
 * A run's place names the moment of its insert by the database's clock, and it is seen when its statement has committed: a
 * statement takes `STATEMENT_MS` at most. The rest is for the commit.
 */
const UNSETTLED_MS = 2 * STATEMENT_MS;
/** What has come so long after the time of its place, in ms, is found by the next look that begins where all is settled. */
const USUAL_MS = 1_000;

const HISTORY = `SELECT swept_at, swept_id, ${now(1)} FROM @history`;

/** The history forwards. Its newest part is not settled: a run may come to stand there behind others that are seen already. */
export async function runPlaces({ db, clock }: Context, request: RunPlacesRequest): Promise<RunPlaces> {
  const { filter, limit } = request;
  // Read before the history: what is removed in between was there for this look, or is told by the next one.
  const [sweptAt = 0, sweptId = 0, at = 0] = ((await db.read(HISTORY, [clock.value]))[0] ?? []) as number[];
  const settledBy = placeText(Math.max(0, at - UNSETTLED_MS), 0);
  const { after = settledBy } = request;
  const sql = new Clauses();
  const looked = lookedAt(sql, filter, ">", after);
  const text = `WITH looked AS MATERIALIZED (${looked})
    SELECT e.*, f.* FROM (SELECT max(at), (array_agg(id ORDER BY at DESC, id DESC))[1] FROM looked HAVING count(*) = ${LOOK_LIMIT}) e
    FULL JOIN (SELECT r.at, r.id, r.token FROM looked l JOIN @runs r ON r.at = l.at AND r.id = l.id
      WHERE ${conditions(sql, filter)} ORDER BY r.at, r.id LIMIT ${sql.add(limit)}) f ON true`;
  const rows = await db.read(text, sql.values);
  const found = rows.filter((row) => row[2] !== null).map(([, , ...cells]) => cells);
  const items = found.map((row) => ({ place: placeOfRun(row), token: row[2] as string }));
  const [endAt, endId] = rows[0] ?? [];
  const more =
    items.length === limit
      ? items.at(-1)?.place
      : typeof endAt === "number"
        ? placeText(endAt, endId as number)
        : undefined;
  const next = more ?? later(after, placeText(Math.max(0, at - USUAL_MS), 0));
  return {
    items,
    next,
    end: more === undefined,
    settled: later(next, settledBy) === settledBy ? next : later(after, settledBy),
    gap: isLater(placeText(sweptAt, sweptId), after),
    unsettledMs: UNSETTLED_MS,
  };
}

function later(one: string, other: string): string {
  return isLater(one, other) ? one : other;
}

function isLater(one: string, other: string): boolean {
  const [a, b] = [placeParts(one), placeParts(other)];
  return a[0] > b[0] || (a[0] === b[0] && a[1] > b[1]);
}

const AT = (cells: string) => `SELECT ${cells} FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY w (at, id, n)
  JOIN @runs r ON r.at = w.at AND r.id = w.id ORDER BY w.n`;
const WHOLE_AT = AT(RUN_CELLS);
const BARE_AT = AT(BARE_RUN_CELLS);

export async function runsAt({ db }: Context, places: readonly string[], results: boolean): Promise<Run[]> {
  if (places.length === 0) return [];
  const parts = places.map(placeParts);
  const rows = await db.read(results ? WHOLE_AT : BARE_AT, [parts.map(([at]) => at), parts.map(([, id]) => id)]);
  return rows.map(runOf);
}

export async function identity({ db }: Context): Promise<string> {
  return (await db.read("SELECT identity FROM @history"))[0]?.[0] as string;
}
