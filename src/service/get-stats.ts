import type { Lease, Store } from "../store/store.js";
import type { ServiceParts } from "./parts.js";

export interface Stats {
  /** By their ids, and of one id the older first. */
  readonly servers: readonly ServerStatus[];
}

/** A server that runs, as its lease shows it; one that has just gone is there until its lease is taken over. */
export interface ServerStatus {
  readonly serverId: string;
  readonly version: string;
  readonly startedAt: Date;
  readonly renewedAt: Date;
  /** Connected to it, as far as the store's list says: at most 5 s ago. */
  readonly workers: number;
}

/** Every server on this store. A server that opens its lease anew has two for a moment, and is there twice. */
export async function getStats({ store }: ServiceParts): Promise<Stats> {
  const [leases, workers] = await Promise.all([store.leases(), workersByServer(store)]);
  const servers = leases
    .filter(({ state }) => state === "live")
    .sort(byServer)
    .map(({ serverId, version, startedAt, renewedAt }) => {
      return { serverId, version, startedAt, renewedAt, workers: workers.get(serverId) ?? 0 };
    });
  return { servers };
}

async function workersByServer(store: Store): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  let after: string | undefined;
  do {
    const page = await store.listWorkers(after, 1_000);
    for (const { serverId } of page.items) counts.set(serverId, (counts.get(serverId) ?? 0) + 1);
    after = page.next;
  } while (after !== undefined);
  return counts;
}

function byServer(one: Lease, other: Lease): number {
  if (one.serverId !== other.serverId) return one.serverId < other.serverId ? -1 : 1;
  return one.startedAt.getTime() - other.startedAt.getTime();
}
