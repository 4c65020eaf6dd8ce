import type { StoredJob } from "../../core/job.js";
import { leaseOf } from "../lease-row.js";
import type { Lease } from "../store.js";
import { newToken } from "../token.js";
import { type Context, now, WHOLE_JOBS } from "./context.js";
import { STATEMENT_MS } from "./database.js";
import { insist } from "./failure.js";
import { CELLS, jobOf } from "./job-row.js";

/** Leases that ended are kept for so many of their TTLs, for whoever still has one in mind. */
const KEPT_TTLS = 10;

const OPEN = `INSERT INTO @leases (id, server_id, seq, ttl_ms, state, version, started_at, renewed_at)
  SELECT $2, $3, 1, $4, 'live', $5, t, t FROM (SELECT ${now(1)} AS t) c ON CONFLICT (id) DO NOTHING`;

/** Every write of a lease is one of its one row: a renewal by its state, a take-over by its counter. Nobody makes one live again. */
export async function openLease(
  { leases, clock }: Context,
  { serverId, ttlMs, version }: { readonly serverId: string; readonly ttlMs: number; readonly version: string },
): Promise<string> {
  const id = newToken();
  await insist(STATEMENT_MS, () => leases.rows(OPEN, [clock.value, id, serverId, ttlMs, version]));
  return id;
}

const RENEW = `UPDATE @leases SET seq = seq + 1, renewed_at = ${now(1)} WHERE id = $2 AND state = 'live' RETURNING seq`;

export async function renewLease({ leases, clock }: Context, lease: string): Promise<boolean> {
  return (await insist(STATEMENT_MS, () => leases.rows(RENEW, [clock.value, lease]))).length > 0;
}

const CLOSE = `WITH w AS (DELETE FROM @workers WHERE lease = $2)
  UPDATE @leases SET state = 'left', renewed_at = ${now(1)} WHERE id = $2 AND state = 'live'`;

export async function closeLease({ leases, clock }: Context, lease: string): Promise<void> {
  await insist(STATEMENT_MS, () => leases.rows(CLOSE, [clock.value, lease]));
}

/** A renewal in between changes the counter, and so defeats it. `ended_by`: an earlier try of the same call has done it. */
const TAKE_OVER = `WITH t AS (UPDATE @leases SET state = 'fenced', ended_by = $3
    WHERE id = $1 AND seq = $2 AND (state = 'live' OR ended_by = $3) RETURNING id),
  w AS (DELETE FROM @workers WHERE lease IN (SELECT id FROM t)) SELECT id FROM t`;

export async function takeOver({ leases }: Context, lease: string, seq: number): Promise<boolean> {
  const mark = newToken();
  return (await insist(STATEMENT_MS, () => leases.rows(TAKE_OVER, [lease, seq, mark]))).length > 0;
}

const ALL = "SELECT id, server_id, seq, ttl_ms, state, version, started_at, renewed_at FROM @leases ORDER BY id";

export async function allLeases({ db, waker }: Context): Promise<Lease[]> {
  const leases = (await db.read(ALL)).map(leaseOf);
  waker.others(leases.filter(({ state }) => state === "live").length > 1);
  return leases;
}

/** From one lease that locks name to the next, so that the cost is in the leases and not in the locks. */
export const LOCKING = `WITH RECURSIVE named (lease) AS (
    (SELECT lock_lease FROM @jobs WHERE lock_lease IS NOT NULL ORDER BY lock_lease LIMIT 1)
    UNION ALL
    SELECT (SELECT lock_lease FROM @jobs WHERE lock_lease > named.lease ORDER BY lock_lease LIMIT 1)
    FROM named WHERE named.lease IS NOT NULL
  ) SELECT lease FROM named WHERE lease IS NOT NULL`;

/**
 * The locks are found by their leases first, and then put in order: with a limit at hand the planner would rather walk all jobs
 * by slug, in the hope of meeting some soon.
 */
export const ORPHANS = `WITH dead AS MATERIALIZED (SELECT l.lease FROM (${LOCKING}) l
    WHERE NOT EXISTS (SELECT 1 FROM @leases a WHERE a.id = l.lease AND a.state = 'live')),
  locked AS MATERIALIZED (SELECT j.slug FROM dead d JOIN @jobs j ON j.lock_lease = d.lease)
  SELECT ${CELLS} FROM (SELECT slug FROM locked WHERE slug > $1 COLLATE "C" ORDER BY slug LIMIT $2) o
  JOIN @jobs j ON j.slug = o.slug ORDER BY j.slug`;

/** Locks of leases that are not live, or not there at all. */
export async function orphans({ db }: Context, after: string | undefined, limit: number): Promise<StoredJob[]> {
  const jobs: StoredJob[] = [];
  for (let more = true; more; ) {
    const from = jobs.at(-1)?.slug ?? after ?? "";
    const step = Math.min(WHOLE_JOBS, limit - jobs.length);
    const rows = await db.read(ORPHANS, [from, step]);
    jobs.push(...rows.map(jobOf));
    more = rows.length === step && jobs.length < limit;
  }
  return jobs;
}

const FORGET = `DELETE FROM @leases WHERE state <> 'live' AND renewed_at + ${KEPT_TTLS} * ttl_ms <= ${now(1)}
  AND id NOT IN (${LOCKING})`;

/** Those that ended long ago and that no lock names. */
export async function sweepLeases({ db, clock }: Context): Promise<void> {
  await db.read(FORGET, [clock.value]);
}
