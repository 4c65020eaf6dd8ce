import { advance, type Next, type Wish } from "./advance.js";
import { type Counts, type DeadReason, dueOf, type RunState, type Standing, type StoredJob } from "./job.js";
import { limit } from "./limits.js";
import type { Effect, Outcome } from "./outcome.js";
import { type Policy, retryDelayMs } from "./policy.js";
import type { Run } from "./run.js";
import { cutText } from "./text.js";

/** What a store must write for an attempt that ended. */
export type Settled =
  | { readonly type: "delete" }
  | { readonly type: "put"; readonly standing: Standing; readonly payload?: Uint8Array };

/** How long a run proves its outcome at least, whatever its retention, in ms. */
export const PROOF_MS = 600_000;
export const MAX_ERROR_BYTES = limit("error_bytes");
export const MAX_RESULT_BYTES = limit("result_bytes");
const RELEASE_FIRST_MS = 1_000;
const RELEASE_MOST_MS = 60_000;
const EMPTY = new Uint8Array(0);

/**
 * The heart: from a locked job and how its attempt ended to what the store must write and the run to record. Pure: the same
 * arguments give the same answer, on any server. `runId` is the public name of the lock's token.
 */
export function settle(
  job: StoredJob,
  policy: Policy,
  effect: Effect,
  runId: string,
): { readonly settled: Settled; readonly run: Run } {
  const verdict = verdictOf(job, effect.outcome);
  const run = runOf(job, policy, effect, runId, verdict);
  return { settled: settledOf(job, policy, effect, verdict, run), run };
}

/** The run that a caller's delete or replace makes of the task that was out. */
export function runEndedByCaller(job: StoredJob, policy: Policy, now: Date, runId: string): Run {
  const outcome: Outcome = { type: "cancelled" };
  const effect: Effect = { outcome, by: "caller", endedAt: now, unit: 0, workerId: "", serverId: "" };
  return runOf(job, policy, effect, runId, {
    state: "cancelled",
    error: "the job was deleted or replaced by a caller",
  });
}

interface Verdict {
  readonly state: RunState;
  readonly error: string;
}

/** Once a caller has asked to cancel, only a success is still itself. */
function verdictOf(job: StoredJob, outcome: Outcome): Verdict {
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

function runOf(job: StoredJob, policy: Policy, effect: Effect, runId: string, verdict: Verdict): Run {
  const lock = job.lock;
  if (!lock) throw new Error(`settle: the job ${job.slug} has no task out`);
  const result = effect.outcome.type === "success" ? effect.outcome.result : EMPTY;
  const endedAt = effect.endedAt < lock.since ? lock.since : effect.endedAt;
  return {
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
    ...(job.createId !== undefined && { createId: job.createId }),
    hidden: policy.runRetentionMs === 0,
    expireAt: new Date(endedAt.getTime() + Math.max(policy.runRetentionMs, PROOF_MS)),
    effect,
  };
}

function settledOf(job: StoredJob, policy: Policy, effect: Effect, verdict: Verdict, run: Run): Settled {
  const { state } = verdict;
  const counted = withOutcome(job, state, run);
  switch (state) {
    case "succeeded":
      return ended(job, policy, counted, run, effect.outcome.type === "success" ? effect.outcome : {}, undefined);
    case "cancelled":
      return ended(job, policy, counted, run, {}, "cancelled");
    case "released":
    case "snoozed":
      return again(job, { ...counted, ...uncounted(job, effect.outcome), at: putOff(job, effect) });
    default:
      return failed(job, policy, counted, run, effect, state === "lost");
  }
}

/** What every outcome writes: the newest one, its count, and none of what only held while the task was out. */
function withOutcome(job: StoredJob, state: RunState, run: Run): Standing {
  const { progress, cancel, payloadEdited, due, ...standing } = standingOf(job);
  return {
    ...standing,
    counts: counting(job.counts, COUNTED_AS[state]),
    last: { token: run.token, state, by: run.by, endedAt: run.endedAt, error: run.error },
    ...(state === "succeeded" && { lastResult: run.result, lastSuccessAt: run.endedAt }),
    losses: state === "lost" ? job.losses + 1 : 0,
  };
}

const COUNTED_AS = {
  succeeded: "succeeded",
  failed: "failed",
  timed_out: "failed",
  lost: "lost",
  cancelled: "cancelled",
  released: "released",
  snoozed: "snoozed",
} as const satisfies Record<RunState, keyof Counts>;

function counting(counts: Counts, ...names: (keyof Counts)[]): Counts {
  const next: Record<keyof Counts, number> = { ...counts };
  for (const name of names) next[name]++;
  return next;
}

/** A failed, timed-out or lost attempt: retried while attempts are left and a retry can help. */
function failed(job: StoredJob, policy: Policy, base: Standing, run: Run, effect: Effect, lost: boolean): Settled {
  const failures = job.failures + 1;
  const { retry } = policy;
  const failure = effect.outcome.type === "failure" ? effect.outcome : undefined;
  const exhausted = retry.maxAttempts > 0 && job.attempt >= retry.maxAttempts;
  if (failure?.permanent || exhausted) {
    const counted = { ...base, failures, counts: counting(base.counts, "exhausted") };
    return ended(job, policy, counted, run, {}, failure?.permanent ? "permanent_failure" : "exhausted");
  }
  const waitMs = failure?.retryAfterMs ?? retryDelayMs(retry, failures, effect.unit, lost ? 1 : 0.1);
  return again(job, { ...base, failures, releases: 0, at: new Date(run.endedAt.getTime() + waitMs) });
}

/** Released, snoozed and handed-back attempts are not counted: the next one has the same number. */
function uncounted(job: StoredJob, outcome: Outcome): Pick<Standing, "attempt" | "releases" | "snoozes"> {
  const attempt = job.attempt - 1;
  if (outcome.type === "released") return { attempt, releases: job.releases + 1, snoozes: job.snoozes };
  if (outcome.type === "snoozed") return { attempt, releases: 0, snoozes: job.snoozes + 1 };
  return { attempt, releases: job.releases, snoozes: job.snoozes };
}

function putOff(job: StoredJob, effect: Effect): Date {
  const from = effect.endedAt.getTime();
  switch (effect.outcome.type) {
    case "released":
      return new Date(from + Math.min(RELEASE_FIRST_MS * 2 ** job.releases, RELEASE_MOST_MS));
    case "snoozed":
      return new Date(from + effect.outcome.delayMs);
    default:
      return job.at ?? job.occurrence;
  }
}

/** The same occurrence, once more. */
function again(job: StoredJob, standing: Standing): Settled {
  return { type: "put", standing: claimable(job, standing) };
}

/** The occurrence is over: the next one, or the job's end. `gaveUp` says that it did not end well, and why. */
function ended(
  job: StoredJob,
  policy: Policy,
  base: Standing,
  run: Run,
  wish: Wish & { readonly payload?: Uint8Array },
  gaveUp: DeadReason | undefined,
): Settled {
  const counts = job.cause === "trigger" ? counting(base.counts, "occurrences") : base.counts;
  const payload = wish.payload && !job.payloadEdited ? { payload: wish.payload } : {};
  const dies = gaveUp !== undefined && gaveUp !== "cancelled" && policy.retry.onExhausted === "dead";
  const next: Next = dies && !runsOnce(job) ? { type: "none" } : advance(job, run.endedAt, wish);
  if (next.type === "error") {
    const last = base.last && { ...base.last, error: cutText(next.message, MAX_ERROR_BYTES) };
    return { type: "put", standing: dead({ ...base, counts, ...(last && { last }) }, "trigger_error"), ...payload };
  }
  if (next.type === "none") {
    if (gaveUp) return { type: "put", standing: dead({ ...base, counts }, gaveUp) };
    if (policy.jobRetentionMs === 0) return { type: "delete" };
    const { at, again: _, regular: __, ...rest } = base;
    const expireAt = new Date(run.endedAt.getTime() + policy.jobRetentionMs);
    return { type: "put", standing: { ...rest, counts, expireAt }, ...payload };
  }
  const { type: _, ...position } = next;
  const { byHand, regular, again: asked, checkpoint, ran, ...rest } = base;
  const fresh = { attempt: 0, failures: 0, releases: 0, snoozes: 0, losses: 0 };
  const standing: Standing = { ...rest, ...(ran && { ran }), ...fresh, counts, ...position };
  return { type: "put", standing: claimable(job, standing), ...payload };
}

/** Nothing follows the occurrence but what a caller asked for: giving it up ends the job unless that is there. */
function runsOnce(job: StoredJob): boolean {
  return job.trigger.type === "once" && job.triggerCount > 0;
}

function dead(standing: Standing, reason: DeadReason): Standing {
  const { at, ...rest } = standing;
  return { ...rest, dead: reason };
}

/** With `due` as the invariant has it, for a job whose lock goes with this write. */
function claimable(job: StoredJob, standing: Standing): Standing {
  const due = dueOf({ ...standing, ...(job.pause && { pause: job.pause }) });
  return due ? { ...standing, due } : standing;
}

/** The part of a job that `settle` computes, by name, so that no caller's field is ever written back by a server. */
export function standingOf(job: StoredJob): Standing {
  const standing: Record<string, unknown> = {};
  for (const name of STANDING_FIELDS) if (job[name] !== undefined) standing[name] = job[name];
  return standing as unknown as Standing;
}

const STANDING_FIELDS = Object.keys({
  occurrence: true,
  cause: true,
  byHand: true,
  at: true,
  due: true,
  regular: true,
  again: true,
  ran: true,
  attempt: true,
  failures: true,
  releases: true,
  snoozes: true,
  losses: true,
  triggerCount: true,
  cancel: true,
  payloadEdited: true,
  last: true,
  lastResult: true,
  lastSuccessAt: true,
  progress: true,
  checkpoint: true,
  counts: true,
  dead: true,
  expireAt: true,
} satisfies Record<keyof Standing, true>) as (keyof Standing)[];
