import type { Lease } from "../../store.js";
import { newToken } from "../../token.js";
import type { JobRows, Value } from "../wire.js";
import type { Context } from "./context.js";
import { JOB_CELLS, jobRows } from "./jobs.js";

const OPEN = `INSERT INTO leases (id, server_id, seq, ttl_ms, state, version, started_at, renewed_at)
  VALUES (?, ?, 1, ?, 'live', ?, ?, ?)`;

export function openLease(
  context: Context,
  { serverId, ttlMs, version }: { readonly serverId: string; readonly ttlMs: number; readonly version: string },
  nowMs: number,
): string {
  const id = newToken();
  context.db.run(OPEN, [id, serverId, ttlMs, version, nowMs, nowMs]);
  return id;
}

const RENEW = "UPDATE leases SET seq = seq + 1, renewed_at = ? WHERE id = ? AND state = 'live'";

export function renewLease(context: Context, lease: string, nowMs: number): boolean {
  return context.db.run(RENEW, [nowMs, lease]) === 1;
}

const CLOSE = "UPDATE leases SET state = 'left', renewed_at = ? WHERE id = ? AND state = 'live'";

export function closeLease(context: Context, lease: string, nowMs: number): void {
  context.db.run(CLOSE, [nowMs, lease]);
  removeWorkers(context, lease);
}

const TAKE_OVER = "UPDATE leases SET state = 'fenced' WHERE id = ? AND seq = ? AND state = 'live'";

export function takeOver(context: Context, lease: string, seq: number): boolean {
  const won = context.db.run(TAKE_OVER, [lease, seq]) === 1;
  if (won) removeWorkers(context, lease);
  return won;
}

function removeWorkers(context: Context, lease: string): void {
  context.db.run("DELETE FROM workers WHERE lease = ?", [lease]);
}

const LEASES = "SELECT id, server_id, seq, ttl_ms, state, version, started_at, renewed_at FROM leases ORDER BY id";

export function listLeases(context: Context): Lease[] {
  return context.db.all(LEASES).map((row) => {
    const [id, serverId, seq, ttlMs, state, version, startedAt, renewedAt] = row as [
      string,
      string,
      number,
      number,
      Lease["state"],
      string,
      number,
      number,
    ];
    return { id, serverId, seq, ttlMs, state, version, startedAt: new Date(startedAt), renewedAt: new Date(renewedAt) };
  });
}

/** From one lease that locks name to the next, so that the cost is in the leases and not in the locks. */
export const LOCKING = `WITH RECURSIVE named (lease) AS (
    SELECT min(lock_lease) FROM job_state WHERE lock_lease IS NOT NULL
    UNION ALL
    SELECT (SELECT min(lock_lease) FROM job_state WHERE lock_lease > named.lease) FROM named WHERE named.lease IS NOT NULL
  ) SELECT lease FROM named WHERE lease IS NOT NULL`;

const DEAD = `SELECT lease FROM (${LOCKING}) WHERE lease NOT IN (SELECT id FROM leases WHERE state = 'live')`;

const ORPHANS = `SELECT ${JOB_CELLS}
  FROM (SELECT id FROM job_state WHERE lock_lease IN (SELECT value FROM json_each(?)) AND slug > ? ORDER BY slug LIMIT ?) o
  CROSS JOIN job_state s ON s.id = o.id CROSS JOIN jobs j ON j.id = s.id`;

export function orphans(context: Context, after: string, limit: number): JobRows {
  return context.db.reading(() => {
    const dead = context.db.all(DEAD).map(([lease]) => lease);
    if (dead.length === 0) return jobRows(context, [], true);
    const parameters: Value[] = [JSON.stringify(dead), after, limit];
    return jobRows(context, context.db.all(ORPHANS, parameters), true);
  });
}
