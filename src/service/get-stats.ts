import type { JobState } from "../core/job.js";
import { limit } from "../core/limits.js";
import { freePlaces, serves, type WorkerStatus } from "../core/worker.js";
import type { KindCounts, Lease } from "../store/store.js";
import type { ServiceParts } from "./parts.js";
import { allWorkers } from "./serving.js";

export interface Stats {
  /** In the order they were asked for; where none was, in the order of their names. */
  readonly kinds: readonly KindStats[];
  /** By their ids, and of one id the older first. */
  readonly servers: readonly ServerStatus[];
}

/** Where a kind stands now. */
export interface KindStats {
  readonly kind: string;
  readonly jobs: Readonly<Record<JobState, number>>;
  /** Some of the numbers of jobs are. */
  readonly estimated: boolean;
  /** Those that are offered its tasks, on every server. */
  readonly workers: number;
  readonly free: number;
  /** Of the oldest due job; 0 where none is due. */
  readonly oldestLatenessMs: number;
}

/** A server that runs, as its lease shows it; one that has just gone is there until its lease is taken over. */
export interface ServerStatus {
  readonly serverId: string;
  readonly version: string;
  readonly startedAt: Date;
  readonly renewedAt: Date;
  /** Connected to it: now, or on another server at most 5 s ago. */
  readonly workers: number;
}

/**
 * How these kinds stand, or, where none is named, each that is registered, has jobs or is served; and every server on this
 * store. A server that opens its lease anew has two for a moment, and is there twice.
 */
export async function getStats(parts: ServiceParts, kinds: readonly string[]): Promise<Stats> {
  const { store, dispatch } = parts;
  const [leases, workers] = await Promise.all([store.leases(), allWorkers(parts)]);
  const names = kinds.length > 0 ? [...new Set(kinds)] : await everyKind(parts, workers);
  const counted = await store.countJobs(names);
  const places = placesOf(workers, new Set(names));
  const now = dispatch.now().getTime();
  return {
    kinds: counted.map((counts) => kindStats(counts, places.get(counts.kind), now)),
    servers: serversOf(leases, workers),
  };
}

/** The first by their names where there are too many. */
async function everyKind({ store }: ServiceParts, workers: readonly WorkerStatus[]): Promise<string[]> {
  const most = limit("stats_kinds");
  const [registered, withJobs] = await Promise.all([store.listKinds(), store.kindsOfJobs(most)]);
  const names = new Set([...registered.map(({ name }) => name), ...withJobs]);
  for (const { capacity } of workers) for (const kind of capacity.kinds.keys()) names.add(kind);
  // Names of kinds are ASCII: this is the order of their bytes.
  return [...names].sort().slice(0, most);
}

interface Places {
  workers: number;
  free: number;
}

function placesOf(workers: readonly WorkerStatus[], names: ReadonlySet<string>): Map<string, Places> {
  const places = new Map<string, Places>();
  for (const worker of workers) {
    for (const kind of worker.capacity.kinds.keys()) {
      if (!names.has(kind) || !serves(worker, kind)) continue;
      const there = places.get(kind) ?? { workers: 0, free: 0 };
      places.set(kind, { workers: there.workers + 1, free: there.free + freePlaces(worker, kind) });
    }
  }
  return places;
}

function kindStats({ kind, jobs, estimated, oldestDue }: KindCounts, places: Places | undefined, now: number) {
  const oldestLatenessMs = oldestDue ? Math.max(0, now - oldestDue.getTime()) : 0;
  return { kind, jobs, estimated, workers: places?.workers ?? 0, free: places?.free ?? 0, oldestLatenessMs };
}

function serversOf(leases: readonly Lease[], workers: readonly WorkerStatus[]): ServerStatus[] {
  const counts = new Map<string, number>();
  for (const { serverId } of workers) counts.set(serverId, (counts.get(serverId) ?? 0) + 1);
  return leases
    .filter(({ state }) => state === "live")
    .sort(byServer)
    .map(({ serverId, version, startedAt, renewedAt }) => {
      return { serverId, version, startedAt, renewedAt, workers: counts.get(serverId) ?? 0 };
    });
}

function byServer(one: Lease, other: Lease): number {
  if (one.serverId !== other.serverId) return one.serverId < other.serverId ? -1 : 1;
  return one.startedAt.getTime() - other.startedAt.getTime();
}
