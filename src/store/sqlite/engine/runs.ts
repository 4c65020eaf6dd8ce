import type { OutcomeSource } from "../../../core/job.js";
import { RUN_COLUMNS } from "../columns.js";
import type { RunWrite, Value } from "../wire.js";
import type { Context } from "./context.js";
import { Insert } from "./multi-row.js";

const INSERT = new Insert("runs", ["id", "kind_id", ...RUN_COLUMNS]);

/**
 * Adds to the history, in the order of the commits: a row's number is its place, one above the newest, which is never removed.
 * The caller has seen, in this transaction, the lock whose token the run has; so no other run has it.
 */
export function insertRuns({ db, kinds }: Context, runs: readonly RunWrite[]): void {
  if (runs.length === 0) return;
  let id = Number(db.get("SELECT max(id) FROM runs")?.[0] ?? 0);
  const rows: Value[] = [];
  for (const [kind, values] of runs) rows.push(++id, kinds.take(kind), ...values);
  INSERT.run(db, rows);
}

/**
 * A run's place in its slug's history is not indexed by token: the newest are looked at first, and this many at most. What a
 * worker sends again after so many later runs of one job is answered as stale.
 */
const LOOKED_BACK = 20_000;

const BY_TOKEN = `SELECT by FROM (SELECT token, by FROM runs WHERE slug = ? ORDER BY id DESC LIMIT ${LOOKED_BACK})
  WHERE token = ? LIMIT 1`;

/** Who ended the attempt. */
export function sourceOfRun(context: Context, slug: string, token: string): OutcomeSource | undefined {
  return context.db.get(BY_TOKEN, [slug, token])?.[0] as OutcomeSource | undefined;
}

const BY_CREATE_ID = `SELECT 1 FROM (SELECT facts FROM runs WHERE slug = ? ORDER BY id DESC LIMIT ${LOOKED_BACK})
  WHERE facts ->> '$.createId' = ? LIMIT 1`;

/** A job of this slug that this call made has run. */
export function hasRunOfCall(context: Context, slug: string, createId: string): boolean {
  return context.db.get(BY_CREATE_ID, [slug, createId]) !== undefined;
}
