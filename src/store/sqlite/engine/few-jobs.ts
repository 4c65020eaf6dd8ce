import { type RareState, rareParts } from "../../rare.js";
import type { JobFilter } from "../../store.js";
import type { Value } from "../wire.js";
import { type Context, LOOK_LIMIT } from "./context.js";

export interface Clauses {
  readonly sql: string;
  readonly values: readonly Value[];
}

/** Indexes that hold one state each, and of their own accord what their condition says. */
export const OF_STATE = {
  retrying: { index: "retrying", where: "due IS NOT NULL AND failures > 0" },
  paused: {
    index: "paused",
    where: "pause IS NOT NULL AND due IS NULL AND lock_token IS NULL AND dead IS NULL AND expire_at IS NULL",
  },
  dead: { index: "dead", where: "dead IS NOT NULL" },
  completed: { index: "completed_of_kind", where: "expire_at IS NOT NULL" },
  running: { index: "locked", where: "lock_lease IS NOT NULL" },
} as const satisfies Record<RareState, { readonly index: string; readonly where: string }>;

/** Each is four searches of an index. */
const KINDS_SEARCHED = 1_000;

/**
 * The jobs (id, slug), in no order, among which all that match are, where an index finds them and they are few: at most
 * `LOOK_LIMIT`. Undefined: they are many, or nobody knows.
 */
export function fewJobs(
  context: Context,
  filter: JobFilter,
  kindIds: readonly number[] | undefined,
): Clauses | undefined {
  const branches = branchesOf(context, filter, kindIds);
  if (!branches || branches.length === 0) return undefined;
  const sql = branches.map((branch) => branch.sql).join(" UNION ALL ");
  const values = branches.flatMap((branch) => branch.values);
  const counted = context.db.get(`SELECT count(*) FROM (SELECT 1 FROM (${sql}) LIMIT ${LOOK_LIMIT + 1})`, values)?.[0];
  return Number(counted) <= LOOK_LIMIT ? { sql, values } : undefined;
}

function branchesOf(
  context: Context,
  filter: JobFilter,
  kindIds: readonly number[] | undefined,
): readonly Clauses[] | undefined {
  const parts = rareParts(filter);
  if (!parts) return undefined;
  const due = parts.due ? dueBranch(context, filter, kindIds) : undefined;
  if (parts.due && !due) return undefined;
  return [...(due ? [due] : []), ...parts.states.map((state) => stateBranch(state, kindIds))];
}

function stateBranch(state: RareState, kindIds: readonly number[] | undefined): Clauses {
  const { index, where } = OF_STATE[state];
  const sql = `SELECT id, slug FROM job_state INDEXED BY ${index} WHERE ${where}`;
  if (!kindIds) return { sql, values: [] };
  return { sql: `${sql} AND kind_id IN (SELECT value FROM json_each(?))`, values: [JSON.stringify(kindIds)] };
}

/** What may be claimed, by its time. */
function dueBranch(
  { db }: Context,
  { dueAfter, dueBefore }: JobFilter,
  kindIds: readonly number[] | undefined,
): Clauses | undefined {
  const ids = kindIds ?? db.all(`SELECT id FROM kind_names LIMIT ${KINDS_SEARCHED + 1}`).map(([id]) => Number(id));
  if (ids.length > KINDS_SEARCHED) return undefined;
  return {
    sql: `SELECT s.id, s.slug FROM json_each(?) k CROSS JOIN (VALUES (0), (1), (2), (3)) p
      CROSS JOIN job_state s INDEXED BY claimable
        ON s.kind_id = k.value AND s.pri = p.column1 AND s.due >= ? AND s.due < ?`,
    values: [JSON.stringify(ids), dueAfter?.getTime() ?? 0, dueBefore?.getTime() ?? Number.MAX_SAFE_INTEGER],
  };
}
