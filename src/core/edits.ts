import { regularNext } from "./advance.js";
import type { Edit } from "./edit.js";
import { runEndedByCaller, type TaskHolder } from "./ended-run.js";
import { dueOf, hasBegun, type JobState, NOT_BEGUN, type StoredJob, stateOf } from "./job.js";
import { etagOf } from "./new-job.js";
import type { Policy } from "./policy.js";
import type { Run } from "./run.js";
import { occursAt } from "./schedule.js";

/**
 * What callers do to stored jobs, each a function for `Store.edit`. On a job whose task is out they change its definition and
 * its flags (pause, again, cancel, payloadEdited), never its lock, occurrence or `at`: those are settle's.
 */

/** What an edit needs besides the job. */
export interface EditContext {
  /** The store's clock. */
  readonly now: Date;
  readonly policyOf: (job: StoredJob) => Policy;
  readonly runIdOf: (token: string) => string;
  /** Who has the task, as far as this server knows. */
  readonly holderOf?: (token: string) => TaskHolder | undefined;
}

/** Why nothing was written. */
export type Refusal =
  | { readonly type: "missing" }
  | { readonly type: "etag"; readonly stored: string }
  | { readonly type: "state"; readonly state: JobState; readonly runId?: string };

export type DeleteAnswer = { readonly type: "deleted"; readonly run?: Run } | Refusal;

/** Removes the job; the task that is out is recorded as cancelled, and its server is told. */
export function deleteJob(job: StoredJob | undefined, etag: string, context: EditContext): Edit<DeleteAnswer> {
  if (!job) return { answer: { type: "missing" } };
  if (etag !== "" && etag !== job.etag) return { answer: { type: "etag", stored: job.etag } };
  const ended = endTask(job, context);
  return { answer: { type: "deleted", ...(ended.run && { run: ended.run }) }, write: { type: "delete" }, ...ended };
}

export type ReplaceAnswer = { readonly type: "replaced"; readonly job: StoredJob; readonly run?: Run } | Refusal;

/** A new job in the place of the stored one; its fence goes on growing. */
export function replaceJob(job: StoredJob | undefined, fresh: StoredJob, context: EditContext): Edit<ReplaceAnswer> {
  if (!job) return { answer: { type: "missing" } };
  const written = caller(job, { ...fresh, fence: Math.max(job.fence + 1, fresh.fence) }, fresh.uid);
  const ended = endTask(job, context);
  return {
    answer: { type: "replaced", job: written, ...(ended.run && { run: ended.run }) },
    write: { type: "put", job: written },
    ...ended,
  };
}

export type CancelAnswer = { readonly type: "cancelling"; readonly runId: string } | Refusal;

/** Asks for the end of the task that is out: the fact on the job, the notice for its server. `runId` empty: whichever it is. */
export function cancelRun(job: StoredJob | undefined, runId: string, context: EditContext): Edit<CancelAnswer> {
  if (!job) return { answer: { type: "missing" } };
  if (!job.lock) return { answer: { type: "state", state: stateOf(job) } };
  const { token, lease } = job.lock;
  const current = context.runIdOf(token);
  if (runId !== "" && runId !== current) return { answer: { type: "state", state: "running", runId: current } };
  const answer: CancelAnswer = { type: "cancelling", runId: current };
  const notice = { token, lease, slug: job.slug, reason: "requested" } as const;
  // Asked before: whether its notice was left then is not known here.
  if (job.cancel === token) return { answer, notice };
  return { answer, write: { type: "put", job: caller(job, { ...job, cancel: token }) }, notice };
}

export type RunAnswer = { readonly type: "asked"; readonly occurrence: Date; readonly job: StoredJob } | Refusal;

/** Runs the job now; see RunJob in the contract. */
export function runJob(job: StoredJob | undefined, requestId: string, context: EditContext): Edit<RunAnswer> {
  if (!job) return { answer: { type: "missing" } };
  const { now } = context;
  if (!job.lock && (job.dead || job.expireAt)) return { answer: { type: "state", state: stateOf(job) } };
  for (const asked of [job.again, job.ran]) {
    if (asked && requestId !== "" && asked.requestId === requestId) {
      return { answer: { type: "asked", occurrence: asked.occurrence, job } };
    }
  }
  const asked = (occurrence: Date, changed: StoredJob): Edit<RunAnswer> => {
    const written = caller(job, changed);
    return { answer: { type: "asked", occurrence, job: written }, write: { type: "put", job: written } };
  };
  if (job.lock) {
    const occurrence = job.again?.occurrence ?? ownOccurrence(job, now);
    return asked(occurrence, { ...job, again: { occurrence, requestId } });
  }
  if (hasBegun(job) || job.cause !== "trigger") return asked(job.occurrence, movedUp(job, requestId, now));
  const occurrence = ownOccurrence(job, now);
  const ran = { occurrence, requestId };
  const { byHand, regular, ...rest } = job;
  const now_ = { occurrence, cause: "run_job", at: now, due: now, ran } as const;
  // Its only occurrence, moved: nothing is kept beside it, and the job ends after it.
  if (job.trigger.type === "once" && job.triggerCount <= 1) return asked(occurrence, { ...rest, ...now_ });
  const kept = { occurrence: job.occurrence, at: job.at ?? job.occurrence, ...(byHand && { byHand }) };
  return asked(occurrence, { ...rest, ...now_, regular: kept });
}

/**
 * An occurrence that has its name goes on now: one that had begun, RunJob's or BackfillJob's. In a paused job only a run that
 * a caller asked for may go on, so it becomes one: what follows it is kept beside it, and it is counted here because it no
 * longer counts as the trigger's.
 */
function movedUp(job: StoredJob, requestId: string, now: Date): StoredJob {
  const at = job.at && job.at < now ? job.at : now;
  const moved = { ...job, ran: { occurrence: job.occurrence, requestId }, at, due: at };
  if (!job.pause || job.cause === "run_job") return moved;
  if (job.cause === "backfill") return { ...moved, cause: "run_job" };
  const next = regularNext(job, now, {});
  const counts = { ...job.counts, occurrences: job.counts.occurrences + 1 };
  const triggerCount = job.triggerCount + (next?.given ?? 0);
  return { ...moved, cause: "run_job", counts, triggerCount, ...(next && { regular: next.kept }) };
}

/** Now, but later than any that came before, and between the trigger's: two occurrences of a job never share a name. */
export function ownOccurrence(job: StoredJob, now: Date): Date {
  const ended = job.last ? job.last.endedAt.getTime() + 1 : 0;
  const ran = job.ran ? job.ran.occurrence.getTime() + 1 : 0;
  const current = job.lock ? job.occurrence.getTime() + 1 : 0;
  const time = new Date(Math.max(now.getTime(), ended, ran, current));
  const isTaken = time.getTime() === job.occurrence.getTime() || occursAt(job.trigger, time);
  return isTaken ? new Date(time.getTime() + 1) : time;
}

export type RequeueAnswer = { readonly type: "requeued"; readonly job: StoredJob } | Refusal;

/** Makes a dead job due now, with a new set of attempts. */
export function requeueJob(job: StoredJob | undefined, context: EditContext): Edit<RequeueAnswer> {
  if (!job) return { answer: { type: "missing" } };
  if (!job.dead || job.lock) return { answer: { type: "state", state: stateOf(job) } };
  const { dead, ...rest } = job;
  const { now } = context;
  const position = dead === "trigger_error" ? withoutTrigger(job, now) : takenBack(job);
  const written = caller(job, claimable({ ...rest, ...position, ...NOT_BEGUN, at: now }));
  return { answer: { type: "requeued", job: written }, write: { type: "put", job: written } };
}

/** What its trigger could not give is run now, by hand: one more of the trigger's. */
function withoutTrigger(job: StoredJob, now: Date): Partial<StoredJob> {
  // 0: the trigger was changed meanwhile, and gives its first time after this.
  const triggerCount = job.triggerCount === 0 ? 0 : job.triggerCount + 1;
  return { occurrence: ownOccurrence(job, now), byHand: true, cause: "trigger", triggerCount };
}

/** An occurrence that was given up is not counted twice, and runs however late it is. */
function takenBack({ cause, counts, dead }: StoredJob): Partial<StoredJob> {
  if (cause !== "trigger") return {};
  const exhausted = counts.exhausted - (dead === "cancelled" ? 0 : 1);
  return { byHand: true, counts: { ...counts, occurrences: counts.occurrences - 1, exhausted } };
}

export type PauseAnswer = { readonly type: "done"; readonly job: StoredJob } | Refusal;

/**
 * Stops the job's next runs; a task that is out ends first, and a run that RunJob asked for is still handed out. On a paused
 * job: replaces the reason, and keeps the time; the same reason writes nothing.
 */
export function pauseJob(job: StoredJob | undefined, reason: string, context: EditContext): Edit<PauseAnswer> {
  if (!job) return { answer: { type: "missing" } };
  if (job.pause?.reason === reason) return { answer: { type: "done", job } };
  const paused = { ...job, pause: { reason, at: job.pause?.at ?? context.now } };
  const written = caller(job, job.lock ? paused : claimable(paused));
  return { answer: { type: "done", job: written }, write: { type: "put", job: written } };
}

/** Lets a paused job go on; what came due meanwhile runs as its misfire policy says. On another job it changes nothing. */
export function resumeJob(job: StoredJob | undefined): Edit<PauseAnswer> {
  if (!job) return { answer: { type: "missing" } };
  if (!job.pause) return { answer: { type: "done", job } };
  const { pause, ...resumed } = job;
  const written = caller(job, job.lock ? resumed : claimable(resumed));
  return { answer: { type: "done", job: written }, write: { type: "put", job: written } };
}

/** The caller's write of `changed`: a new etag, of the job's own uid or of the one that takes its place. */
export function caller(read: StoredJob, changed: StoredJob, uid = changed.uid): StoredJob {
  return { ...changed, rev: read.rev, etag: etagOf(uid, read.rev + 1) };
}

/** `due` as the invariant has it, for a job that is not locked. */
export function claimable(job: StoredJob): StoredJob {
  const { due: _, ...rest } = job;
  const due = dueOf(rest);
  return due ? { ...rest, due } : rest;
}

function endTask(job: StoredJob, context: EditContext): Pick<Edit<never>, "run" | "notice"> {
  if (!job.lock) return {};
  const { token, lease } = job.lock;
  const run = runEndedByCaller(
    job,
    context.policyOf(job),
    context.now,
    context.runIdOf(token),
    context.holderOf?.(token),
  );
  return { run, notice: { token, lease, slug: job.slug, reason: "job_deleted" } };
}
