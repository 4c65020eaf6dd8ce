import type { RunState, StoredJob } from "./job.js";
import { limit } from "./limits.js";
import type { Mutable } from "./mutable.js";
import type { Effect, Outcome } from "./outcome.js";
import type { Policy } from "./policy.js";
import type { Run } from "./run.js";
import { cutText } from "./text.js";

/** How long a run proves its outcome at least, whatever its retention, in ms. */
export const PROOF_MS = 600_000;
export const MAX_ERROR_BYTES = limit("error_bytes");
export const MAX_RESULT_BYTES = limit("result_bytes");
const EMPTY = new Uint8Array(0);

export interface TaskHolder {
  readonly workerId: string;
  readonly serverId: string;
}

const UNKNOWN_HOLDER: TaskHolder = { workerId: "", serverId: "" };

/** The run that a caller's delete or replace makes of the task that was out. */
export function runEndedByCaller(
  job: StoredJob,
  policy: Policy,
  now: Date,
  runId: string,
  { workerId, serverId }: TaskHolder = UNKNOWN_HOLDER,
): Run {
  const outcome: Outcome = { type: "cancelled" };
  const effect: Effect = { outcome, by: "caller", endedAt: now, unit: 0, workerId, serverId };
  return runOf(job, policy, effect, runId, {
    state: "cancelled",
    error: "the job was deleted or replaced by a caller",
  });
}

export interface Verdict {
  readonly state: RunState;
  readonly error: string;
}

/** Once a caller has asked to cancel, only a success is still itself. */
export function verdictOf(job: StoredJob, outcome: Outcome): Verdict {
  const cancelled = job.cancel !== undefined && job.cancel === job.lock?.token;
  if (outcome.type === "success") return { state: "succeeded", error: "" };
  if (cancelled)
    return { state: "cancelled", error: "error" in outcome ? cutText(outcome.error, MAX_ERROR_BYTES) : "" };
  switch (outcome.type) {
    case "failure":
      return { state: "failed", error: cutText(outcome.error, MAX_ERROR_BYTES) };
    case "cancelled":
      return { state: "failed", error: "the worker reported a cancellation that nobody had asked for" };
    case "timed_out":
    case "lost":
      return { state: outcome.type, error: cutText(outcome.error, MAX_ERROR_BYTES) };
    case "handed_back":
      return { state: "released", error: cutText(outcome.error, MAX_ERROR_BYTES) };
    case "released":
    case "snoozed":
      return { state: outcome.type, error: "" };
  }
}

export function runOf(job: StoredJob, policy: Policy, effect: Effect, runId: string, verdict: Verdict): Run {
  const lock = job.lock;
  if (!lock) throw new Error(`settle: the job ${job.slug} has no task out`);
  const result = effect.outcome.type === "success" ? effect.outcome.result : EMPTY;
  const endedAt = effect.endedAt < lock.since ? lock.since : effect.endedAt;
  const run: Mutable<Run> = {
    token: lock.token,
    runId,
    slug: job.slug,
    jobUid: job.uid,
    kind: job.kind,
    occurrence: job.occurrence,
    cause: job.cause,
    attempt: job.attempt,
    state: verdict.state,
    by: effect.by,
    dueAt: job.at ?? job.occurrence,
    startedAt: lock.since,
    endedAt,
    error: verdict.error,
    result: result.length > MAX_RESULT_BYTES ? result.slice(0, MAX_RESULT_BYTES) : result,
    resultTruncated: result.length > MAX_RESULT_BYTES,
    workerId: effect.workerId,
    serverId: effect.serverId,
    hidden: policy.runRetentionMs === 0,
    expireAt: new Date(endedAt.getTime() + Math.max(policy.runRetentionMs, PROOF_MS)),
    effect,
  };
  if (job.createId !== undefined) run.createId = job.createId;
  return run;
}
