import { dueTime } from "./due-time.js";
import type { Edit } from "./edit.js";
import { caller, claimable, type EditContext, type Refusal } from "./edits.js";
import { hasBegun, type JobDefinition, NOT_BEGUN, type StoredJob, stateOf } from "./job.js";
import { type Move, moveNext } from "./move-next.js";
import { neverFires } from "./new-job.js";
import { sameValue } from "./same-value.js";
import { firstOccurrence, occursAt } from "./schedule.js";
import { resolveTrigger, type Trigger, type TriggerInput } from "./trigger.js";

/** What an update may change; what is absent is left as it is. */
export type JobChanges = Partial<
  Pick<JobDefinition, "payload" | "contentType" | "labels" | "policy" | "priority"> & { readonly trigger: TriggerInput }
>;

export interface JobUpdate extends JobChanges {
  /** Where the next occurrence goes. */
  readonly next?: Move;
}

export type UpdateAnswer = { readonly type: "updated"; readonly job: StoredJob } | Refusal;

/**
 * Changes a job's definition, and moves its next occurrence. With another trigger the next occurrence is computed from now;
 * where a task is out, when that ends. A completed job then starts again; a dead one stays so. An update that changes nothing
 * writes nothing. What an update that is made from the stored job throws is the answer; so is NEVER_FIRES, where the new trigger
 * has no occurrence.
 */
export function updateJob(
  job: StoredJob | undefined,
  update: JobUpdate | ((job: StoredJob) => JobUpdate),
  etag: string,
  { now, runIdOf }: Pick<EditContext, "now" | "runIdOf">,
): Edit<UpdateAnswer> {
  if (!job) return { answer: { type: "missing" } };
  if (etag !== "" && etag !== job.etag) return { answer: { type: "etag", stored: job.etag } };
  const { trigger, next, ...changes } = typeof update === "function" ? update(job) : update;
  const resolved = trigger && resolveTrigger(trigger, now);
  const changed = changedBy(job, changes, resolved && !sameValue(resolved, job.trigger) ? resolved : undefined, now);
  const moved = next ? moveNext(changed, next, now) : changed;
  if (!moved) {
    const state = stateOf(changed);
    return { answer: { type: "state", state, ...(job.lock && { runId: runIdOf(job.lock.token) }) } };
  }
  // Also moved to where it is.
  if (sameValue(moved, job)) return { answer: { type: "updated", job } };
  const written = caller(job, moved);
  return { answer: { type: "updated", job: written }, write: { type: "put", job: written } };
}

/** The same job where nothing would be another. `trigger` is given where it is another one. */
export function changedBy(
  job: StoredJob,
  changes: Omit<JobChanges, "trigger">,
  trigger: Trigger | undefined,
  now: Date,
): StoredJob {
  const fields = Object.entries(changes).filter(([name, value]) => !sameValue(value, job[name as keyof StoredJob]));
  if (fields.length === 0 && !trigger) return job;
  const differing: Omit<JobChanges, "trigger"> = Object.fromEntries(fields);
  const edited = { ...job, ...differing, ...(differing.payload && job.lock && { payloadEdited: true as const }) };
  return trigger ? withTrigger(edited, trigger, now) : edited;
}

function withTrigger(job: StoredJob, trigger: Trigger, now: Date): StoredJob {
  const first = firstOccurrence(trigger, now);
  if (!first) throw neverFires();
  const occurrence = hadAlready(job, first, now) ? new Date(first.getTime() + 1) : first;
  const kept = { occurrence, at: dueTime(trigger, job.uid, occurrence) };
  const changed = { ...job, trigger, triggerFrom: now };
  // 0 tells settle that this trigger has given nothing yet.
  if (job.lock || job.dead) return { ...changed, triggerCount: 0 };
  if (job.cause === "run_job" && !job.expireAt) return { ...changed, triggerCount: 1, regular: kept };
  const { expireAt, byHand, checkpoint, ...rest } = changed;
  return claimable({ ...rest, ...NOT_BEGUN, ...kept, triggerCount: 1, cause: "trigger" });
}

/** The time names an occurrence that had begun, or may have: the job's own, or a past one before it. No two share a name. */
function hadAlready(job: StoredJob, time: Date, now: Date): boolean {
  if (time.getTime() === job.occurrence.getTime()) return hasBegun(job) || job.expireAt !== undefined;
  if (time > now || time >= job.occurrence || time <= job.createdAt) return false;
  return job.trigger.type !== "once" && occursAt(job.trigger, time);
}
