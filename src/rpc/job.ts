import { type Counts, occurrenceId, type StoredJob, stateOf } from "../core/job.js";
import type { CurrentTask as CoreTask, WaitReason as CoreWaitReason, JobView } from "../service/job-view.js";
import { DEAD_REASON, JOB_STATE, PRIORITY } from "./enums.js";
import { type CurrentTask, DeadReason, type Job, type JobCounts, WaitReason } from "./gen/tickwire/v1/job.js";
import { writePolicy } from "./policy.js";
import { optionalTimestamp, toTimestamp } from "./time.js";
import { writeTrigger } from "./trigger.js";

const EMPTY = Buffer.alloc(0);

const WAIT_REASON = {
  no_worker: WaitReason.NO_WORKER,
  workers_full: WaitReason.WORKERS_FULL,
  max_running: WaitReason.MAX_RUNNING,
  kind_paused: WaitReason.KIND_PAUSED,
} as const satisfies Record<CoreWaitReason, WaitReason>;

/** A job as callers see it. `full`: with payload and last result. */
export function writeJob(view: JobView, full: boolean): Job {
  const { job } = view;
  return {
    slug: job.slug,
    kind: job.kind,
    payload: full ? bytes(job.payload) : EMPTY,
    contentType: job.contentType,
    labels: new Map(Object.entries(job.labels)),
    trigger: writeTrigger(job.trigger),
    policy: writePolicy(job.policy),
    priority: PRIORITY[job.priority],
    uid: job.uid,
    etag: job.etag,
    state: JOB_STATE[stateOf(job)],
    pause: job.pause && { reason: job.pause.reason, pauseTime: toTimestamp(job.pause.at) },
    deadReason: job.dead ? DEAD_REASON[job.dead] : DeadReason.UNSPECIFIED,
    scheduledTime: toTimestamp(job.occurrence),
    dueTime: optionalTimestamp(job.at),
    failures: job.failures,
    lastError: job.last?.error ?? "",
    lastResult: full && job.lastResult ? bytes(job.lastResult) : EMPTY,
    lastEndTime: optionalTimestamp(job.last?.endedAt),
    lastSuccessTime: optionalTimestamp(job.lastSuccessAt),
    currentTask: view.task && writeTask(job, view.task),
    counts: writeCounts(job.counts),
    createTime: toTimestamp(job.createdAt),
    updateTime: toTimestamp(job.updatedAt),
    expireTime: optionalTimestamp(job.expireAt),
    backfillOf: job.backfillOf ?? "",
    effectivePolicy: view.effectivePolicy && writePolicy(view.effectivePolicy),
    waitingFor: view.waitingFor ? WAIT_REASON[view.waitingFor] : WaitReason.UNSPECIFIED,
  };
}

function writeTask(job: StoredJob, task: CoreTask): CurrentTask {
  return {
    runId: task.runId,
    occurrenceId: occurrenceId(job.slug, job.occurrence),
    attempt: job.attempt,
    workerId: task.workerId,
    serverId: task.serverId,
    startTime: toTimestamp(task.startedAt),
    progress: job.progress?.fraction,
    progressNote: job.progress?.note ?? "",
    progressTime: optionalTimestamp(job.progress?.at),
  };
}

function writeCounts(counts: Counts): JobCounts {
  return {
    succeeded: BigInt(counts.succeeded),
    failed: BigInt(counts.failed),
    lost: BigInt(counts.lost),
    cancelled: BigInt(counts.cancelled),
    occurrences: BigInt(counts.occurrences),
    missed: BigInt(counts.missed),
    exhausted: BigInt(counts.exhausted),
    released: BigInt(counts.released),
    snoozed: BigInt(counts.snoozed),
  };
}

/** The same memory as a Buffer. */
export function bytes(array: Uint8Array): Buffer {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength);
}
