import type { Lease } from "../store.js";
import { newToken } from "../token.js";

interface Kept {
  readonly lease: Lease;
  /** When it was opened, or stopped being live. */
  readonly since: Date;
}

/** How many of its TTLs a lease that is not live is kept. */
const KEPT_TTLS = 10;

/** Servers' claims to exist. One that is no longer live never is again. */
export class Leases {
  readonly #byId = new Map<string, Kept>();

  open(server: { readonly serverId: string; readonly ttlMs: number; readonly version: string }, now: Date): string {
    const { serverId, ttlMs, version } = server;
    const id = newToken();
    const lease: Lease = { id, serverId, ttlMs, version, seq: 1, state: "live", startedAt: now, renewedAt: now };
    this.#byId.set(id, { lease, since: now });
    return id;
  }

  isLive(id: string): boolean {
    return this.#byId.get(id)?.lease.state === "live";
  }

  renew(id: string, now: Date): boolean {
    const kept = this.#byId.get(id);
    if (kept?.lease.state !== "live") return false;
    this.#byId.set(id, { ...kept, lease: { ...kept.lease, seq: kept.lease.seq + 1, renewedAt: now } });
    return true;
  }

  /** Ends a live one; `seq` is what its counter must still be. */
  end(id: string, state: "left" | "fenced", now: Date, seq?: number): boolean {
    const kept = this.#byId.get(id);
    if (kept?.lease.state !== "live" || (seq !== undefined && kept.lease.seq !== seq)) return false;
    this.#byId.set(id, { lease: { ...kept.lease, state }, since: now });
    return true;
  }

  all(): Lease[] {
    return [...this.#byId.values()].map(({ lease }) => lease);
  }

  /** Removes those that ended long ago and that no lock names. */
  sweep(now: Date, isNamed: (id: string) => boolean): void {
    for (const [id, { lease, since }] of this.#byId) {
      const old = now.getTime() - since.getTime() >= KEPT_TTLS * lease.ttlMs;
      if (lease.state !== "live" && old && !isNamed(id)) this.#byId.delete(id);
    }
  }
}
