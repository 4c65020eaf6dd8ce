import type { Lease } from "./store.js";

/** A lease of the columns id, server_id, seq, ttl_ms, state, version, started_at, renewed_at. */
export function leaseOf(row: readonly unknown[]): Lease {
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
}
