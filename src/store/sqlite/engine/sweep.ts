import type { Context } from "./context.js";
import { deleteJobs } from "./jobs.js";
import { LOCKING } from "./leases.js";

/** Rows of one kind that one step removes: a few milliseconds of the event loop. */
const STEP = 500;
/** A lease that is not live stays for so many of its own TTLs: whoever still has it in mind learns what became of it. */
const LEASE_KEPT_TTLS = 10;

// The newest run stays: the next one's number is one above it, and numbers are places in the history.
const RUNS = `DELETE FROM runs WHERE id IN (
  SELECT id FROM runs WHERE expire_at <= ? AND id < (SELECT max(id) FROM runs) LIMIT ${STEP})`;
const COMPLETED = `SELECT id FROM job_state WHERE expire_at <= ? AND lock_token IS NULL LIMIT ${STEP}`;
const CANCELS = `DELETE FROM cancels WHERE id IN (SELECT id FROM cancels WHERE expire_at <= ? LIMIT ${STEP})`;
const LEASES = `DELETE FROM leases WHERE state <> 'live' AND renewed_at + ${LEASE_KEPT_TTLS} * ttl_ms <= ?
  AND id NOT IN (${LOCKING})`;

/** True where more is left. */
export function sweep(context: Context, now: number): boolean {
  const { db } = context;
  const runs = db.run(RUNS, [now]);
  const completed = db.all(COMPLETED, [now]).map(([id]) => Number(id));
  deleteJobs(context, completed, completed);
  const cancels = db.run(CANCELS, [now]);
  db.run(LEASES, [now]);
  return runs === STEP || completed.length === STEP || cancels === STEP;
}
