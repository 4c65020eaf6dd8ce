import type { StoredJob } from "../core/job.js";
import type { WorkerStatus } from "../core/worker.js";
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
  if (kind && kind.maxRunning > 0 && (await isFull(parts, job.kind, kind.maxRunning))) return "max_running";
  return workers.every((worker) => isBusy(worker, job.kind)) ? "workers_full" : undefined;
}

/** As many tasks of the kind hold a place as it has. */
async function isFull(parts: ServiceParts, kind: string, maxRunning: number): Promise<boolean> {
  const filter = { kinds: [kind], states: ["running"] as const };
  let held = 0;
  let after: string | undefined;
  do {
    const page = await parts.store.list({ filter, limit: 1_000, payloads: false, ...(after && { after }) });
    held += page.items.filter((job) => job.lock?.slot !== undefined).length;
    after = page.next;
  } while (after !== undefined && held < maxRunning);
  return held >= maxRunning;
}

/** It has no place for a task of this kind, as far as its numbers tell. */
function isBusy(worker: WorkerStatus, kind: string): boolean {
  return worker.running >= worker.capacity.maxTasks || worker.capacity.kinds.get(kind) === 0;
}
