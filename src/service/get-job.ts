import type { StoredJob } from "../core/job.js";
import { freePlaces } from "../core/worker.js";
import { type JobView, viewOf, type WaitReason } from "./job-view.js";
import type { ServiceParts } from "./parts.js";
import { jobNotFound } from "./refusal.js";
import { workersOf } from "./serving.js";

/** One job with its effective policy and, where it is due and not running, what it waits for. */
export async function getJob(parts: ServiceParts, slug: string): Promise<JobView> {
  const job = await parts.store.get(slug);
  if (!job) throw jobNotFound(slug);
  const waitingFor = await waitReason(parts, job);
  return {
    ...(await viewOf(parts, job)),
    effectivePolicy: parts.dispatch.kinds.policyOf(job),
    ...(waitingFor && { waitingFor }),
  };
}

async function waitReason(parts: ServiceParts, job: StoredJob): Promise<WaitReason | undefined> {
  if (!job.due || job.due > parts.dispatch.now()) return undefined;
  const kind = await parts.store.getKind(job.kind);
  if (kind?.pause) return "kind_paused";
  const workers = await workersOf(parts, job.kind);
  if (workers.length === 0) return "no_worker";
  if (kind && kind.maxRunning > 0 && (await parts.store.slotsHeld(job.kind)) >= kind.maxRunning) return "max_running";
  return workers.every((worker) => freePlaces(worker, job.kind) === 0) ? "workers_full" : undefined;
}
