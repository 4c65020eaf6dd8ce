import type { StoredJob } from "../core/job.js";
import type { Policy } from "../core/policy.js";
import { runIdOf } from "../store/store.js";
import type { ServiceParts } from "./parts.js";

/** A job with what is known besides its document. */
export interface JobView {
  readonly job: StoredJob;
  /** Present while a task is out. */
  readonly task?: CurrentTask;
  readonly effectivePolicy?: Policy;
  readonly waitingFor?: WaitReason;
}

export interface CurrentTask {
  readonly runId: string;
  /** Empty where the worker is connected to another server. */
  readonly workerId: string;
  /** The server that keeps its timeout; empty where that is gone. */
  readonly serverId: string;
  readonly startedAt: Date;
}

/** Why a due job is not running. */
export type WaitReason = "no_worker" | "workers_full" | "max_running" | "kind_paused";

/** Views of jobs, in order. Leases are read once, and only where a task is out that no worker of this server holds. */
export async function viewsOf(parts: ServiceParts, jobs: readonly StoredJob[]): Promise<JobView[]> {
  const elsewhere = jobs.some((job) => job.lock && !parts.dispatch.holderOf(job.lock.token));
  const leases = elsewhere ? await parts.store.leases() : [];
  const servers = new Map(leases.map((lease) => [lease.id, lease.serverId]));
  return jobs.map((job) => (job.lock ? { job, task: taskOf(parts, job.lock, servers) } : { job }));
}

export async function viewOf(parts: ServiceParts, job: StoredJob): Promise<JobView> {
  const [view] = await viewsOf(parts, [job]);
  return view ?? { job };
}

function taskOf(
  parts: ServiceParts,
  lock: NonNullable<StoredJob["lock"]>,
  servers: ReadonlyMap<string, string>,
): CurrentTask {
  const holder = parts.dispatch.holderOf(lock.token);
  return {
    runId: runIdOf(lock.token),
    workerId: holder?.workerId ?? "",
    serverId: holder?.serverId ?? servers.get(lock.lease) ?? "",
    startedAt: lock.since,
  };
}
