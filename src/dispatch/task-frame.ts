import { occurrenceId } from "../core/job.js";
import type { TaskFrame } from "./frames.js";
import type { Task } from "./task.js";

/** Frames hold at most this many bytes, or one item. */
export const FRAME_BYTES = 1_048_576;
/** A job that was lost so often in a row may be what kills its workers: it is sent in a frame of its own. */
export const POISON_LOSSES = 3;
/** Fixed fields, keys and lengths on the wire: 180 bytes with the largest numbers. */
const FIXED_BYTES = 256;
/** The most that a UTF-16 unit takes in UTF-8. */
const UNIT_BYTES = 3;

export function taskFrame(task: Task): TaskFrame {
  const { job } = task;
  return {
    slug: job.slug,
    jobUid: job.uid,
    kind: job.kind,
    token: task.token,
    runId: task.runId,
    occurrenceId: occurrenceId(job.slug, job.occurrence),
    payload: job.payload,
    contentType: job.contentType,
    labels: job.labels,
    scheduledAt: job.occurrence,
    attempt: job.attempt,
    maxAttempts: task.maxAttempts,
    fence: job.fence,
    timeoutMs: task.timeoutMs,
    previousError: job.last?.error ?? "",
    previousCheckpoint: job.checkpoint,
    traceContext: job.traceContext,
  };
}

/** At least what the task takes on the wire. */
export function wireBytes({ job }: Task): number {
  let bytes = FIXED_BYTES + 2 * job.slug.length + job.kind.length + job.uid.length + job.payload.length;
  bytes += UNIT_BYTES * (job.contentType.length + (job.last?.error.length ?? 0)) + (job.checkpoint?.length ?? 0);
  for (const key in job.labels) bytes += 12 + UNIT_BYTES * (key.length + (job.labels[key]?.length ?? 0));
  for (const key in job.traceContext) bytes += 12 + UNIT_BYTES * (key.length + (job.traceContext[key]?.length ?? 0));
  return bytes;
}
