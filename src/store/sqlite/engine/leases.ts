import { leaseOf } from "../../lease-row.js";
import type { Lease } from "../../store.js";
import type { JobRows, Value } from "../wire.js";
import type { Context } from "./context.js";
import { JOB_CELLS, jobRows } from "./jobs.js";
import { inUse, strangersIn } from "./other-hosts.js";

const OPEN = `INSERT INTO leases (id, server_id, seq, ttl_ms, state, version, started_at, renewed_at, host, boot)
  VALUES (?, ?, 1, ?, 'live', ?, ?, ?, ?, ?)`;

/** `first`: the first of this handle. Refused where a server of another host has come since the file was opened. */
export function openLease(
  { db, host }: Context,
  id: string,
  { serverId, ttlMs, version }: { readonly serverId: string; readonly ttlMs: number; readonly version: string },
  nowMs: number,
  first: boolean,
): void {
  const [stranger] = first ? strangersIn(db, host.boot) : [];
  if (stranger) throw inUse(db.path, stranger, host);
  db.run(OPEN, [id, serverId, ttlMs, version, nowMs, nowMs, host.name, host.boot]);
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

/** Every lease, and those of which this call found that their server is dead. */
export function listLeases(context: Context): { readonly leases: Lease[]; readonly fenced: string[] } {
  const fenced = fenceDead(context);
  return { leases: readLeases(context), fenced };
}

const HERE = "SELECT id, seq FROM leases WHERE state = 'live' AND boot = ?";

/** Outside of a transaction: fences each lease of this host whose side lock is free. */
function fenceDead(context: Context): string[] {
  const { db, sides, host } = context;
  const fenced: string[] = [];
  for (const [id, seq] of db.all(HERE, [host.boot]) as [string, number][]) {
    if (sides.holds(id) || sides.state(id) !== "free") continue;
    let won = false;
    db.writing(() => {
      won = takeOver(context, id, seq);
    });
    if (!won) continue;
    sides.remove(id);
    fenced.push(id);
  }
  return fenced;
}

function readLeases(context: Context): Lease[] {
  return context.db.all(LEASES).map(leaseOf);
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
