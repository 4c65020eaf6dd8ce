import type { Connection } from "./connection.js";
import type { Context } from "./context.js";
import { deleteJobs } from "./jobs.js";
import { LOCKING } from "./leases.js";

/** Rows of one kind that one step removes: a few milliseconds of the event loop. */
const STEP = 500;
/** A lease that is not live stays for so many of its own TTLs: whoever still has it in mind learns what became of it. */
const LEASE_KEPT_TTLS = 10;

// The newest run stays: the next one's number is one above it, and numbers are places in the history.
const RUNS = `SELECT id, hidden FROM runs WHERE expire_at <= ? AND id < (SELECT max(id) FROM runs) LIMIT ${STEP}`;
const COMPLETED = `SELECT id FROM job_state WHERE expire_at <= ? AND lock_token IS NULL LIMIT ${STEP}`;
const CANCELS = `DELETE FROM cancels WHERE id IN (SELECT id FROM cancels WHERE expire_at <= ? LIMIT ${STEP})`;
const LEASES = `DELETE FROM leases WHERE state <> 'live' AND renewed_at + ${LEASE_KEPT_TTLS} * ttl_ms <= ?
  AND id NOT IN (${LOCKING})`;

/** True where more is left. */
export function sweep(context: Context, now: number): boolean {
  const { db } = context;
  const runs = db.all(RUNS, [now]) as (readonly [id: number, hidden: number])[];
  removeRuns(db, runs);
  const completed = db.all(COMPLETED, [now]).map(([id]) => Number(id));
  deleteJobs(context, completed, completed);
  const cancels = db.run(CANCELS, [now]);
  db.run(LEASES, [now]);
  return runs.length === STEP || completed.length === STEP || cancels === STEP;
}

/** Whoever follows the history from before one that it showed has to hear of it. */
function removeRuns(db: Connection, runs: readonly (readonly [id: number, hidden: number])[]): void {
  if (runs.length === 0) return;
  const newest = runs.reduce((most, [id, hidden]) => (hidden ? most : Math.max(most, id)), 0);
  db.run("UPDATE history SET swept = max(swept, ?)", [newest]);
  db.run("DELETE FROM runs WHERE id IN (SELECT value FROM json_each(?))", [JSON.stringify(runs.map(([id]) => id))]);
}
