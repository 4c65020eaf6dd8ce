import type { StoredJob } from "../core/job.js";
import type { StoredKind } from "../core/kind.js";
import type { Run } from "../core/run.js";
import type { WorkerStatus } from "../core/worker.js";

/** Sizes of messages before they are encoded: never below the encoded one by much, and cheap. Texts count three bytes a letter where they may. */

const FIXED_BYTES = 400;

export function sizeOfJob(job: StoredJob): number {
  const text =
    job.slug.length * 2 + job.kind.length + (job.last?.error.length ?? 0) * 3 + (job.pause?.reason.length ?? 0) * 3;
  const note = (job.progress?.note.length ?? 0) * 3;
  return FIXED_BYTES + text + note + job.payload.length + (job.lastResult?.length ?? 0) + sizeOfPairs(job.labels);
}

export function sizeOfRun(run: Run): number {
  return FIXED_BYTES + run.slug.length * 2 + run.kind.length + run.error.length * 3 + run.result.length;
}

export function sizeOfKind(kind: StoredKind): number {
  return FIXED_BYTES + kind.name.length + (kind.description.length + (kind.pause?.reason.length ?? 0)) * 3;
}

export function sizeOfWorker(worker: WorkerStatus): number {
  let kinds = 0;
  for (const kind of worker.capacity.kinds.keys()) kinds += kind.length + 16;
  return FIXED_BYTES + (worker.workerId.length + worker.client.length) * 3 + sizeOfPairs(worker.info) + kinds;
}

function sizeOfPairs(pairs: Readonly<Record<string, string>>): number {
  let bytes = 0;
  for (const key in pairs) bytes += 8 + key.length + (pairs[key]?.length ?? 0) * 3;
  return bytes;
}
