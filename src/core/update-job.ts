import { dueTime } from "./due-time.js";
import type { Edit } from "./edit.js";
import { caller, claimable, type EditContext, type Refusal } from "./edits.js";
import { hasBegun, type JobDefinition, type StoredJob } from "./job.js";
import { neverFires } from "./new-job.js";
import { firstOccurrence } from "./schedule.js";
import { resolveTrigger, type TriggerInput } from "./trigger.js";

/** What an update may change. */
export type JobChanges = Partial<
  Pick<JobDefinition, "payload" | "contentType" | "labels" | "policy" | "priority"> & { readonly trigger: TriggerInput }
>;

export type UpdateAnswer = { readonly type: "updated"; readonly job: StoredJob } | Refusal;

/**
 * Changes a job's definition. With another trigger the next occurrence is computed from now; where a task is out, when that
 * ends. A completed job then starts again; a dead one stays so. Throws NEVER_FIRES where the new trigger has no occurrence.
 */
export function updateJob(
  job: StoredJob | undefined,
  changes: JobChanges,
  etag: string,
  context: EditContext,
): Edit<UpdateAnswer> {
  if (!job) return { answer: { type: "missing" } };
  if (etag !== "" && etag !== job.etag) return { answer: { type: "etag", stored: job.etag } };
  const { trigger, ...definition } = changes;
  const edited: StoredJob = {
    ...job,
    ...definition,
    ...(definition.payload && job.lock && { payloadEdited: true as const }),
  };
  const written = caller(job, trigger ? withTrigger(edited, trigger, context.now) : edited);
  return { answer: { type: "updated", job: written }, write: { type: "put", job: written } };
}

function withTrigger(job: StoredJob, input: TriggerInput, now: Date): StoredJob {
  const trigger = resolveTrigger(input, now);
  const first = firstOccurrence(trigger, now);
  if (!first) throw neverFires();
  // Given once more, the time of an occurrence that had begun is another one: no two share a name.
  const isTaken = first.getTime() === job.occurrence.getTime() && (hasBegun(job) || job.expireAt !== undefined);
  const occurrence = isTaken ? new Date(first.getTime() + 1) : first;
  const kept = { occurrence, at: dueTime(trigger, job.uid, occurrence) };
  const changed = { ...job, trigger, triggerFrom: now };
  // 0 tells settle that this trigger has given nothing yet.
  if (job.lock || job.dead) return { ...changed, triggerCount: 0 };
  if (job.cause === "run_job" && !job.expireAt) return { ...changed, triggerCount: 1, regular: kept };
  const { expireAt, byHand, checkpoint, ...rest } = changed;
  const fresh = { attempt: 0, failures: 0, releases: 0, snoozes: 0, losses: 0, triggerCount: 1 };
  return claimable({ ...rest, ...fresh, ...kept, cause: "trigger" });
}
