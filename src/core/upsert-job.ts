import type { Edit } from "./edit.js";
import { caller, type EditContext } from "./edits.js";
import type { JobDefinition, StoredJob } from "./job.js";
import { sameTrigger } from "./same-trigger.js";
import { resolveTrigger, type TriggerInput } from "./trigger.js";
import { changedBy } from "./update-job.js";

/** What an upsert takes from its request. */
export interface JobUpsert
  extends Pick<JobDefinition, "kind" | "payload" | "contentType" | "labels" | "policy" | "priority"> {
  readonly trigger: TriggerInput;
  /** Names the call; empty where the caller gave none. */
  readonly requestId: string;
}

export type UpsertAnswer =
  | { readonly type: "updated"; readonly job: StoredJob; readonly written: boolean }
  | { readonly type: "kind"; readonly kind: string };

/**
 * What a service does when it starts: the job's definition as the request has it, and the rest as it stands: state, counts, a
 * task that is out and, where the trigger is equal, the due time. A request that changes nothing writes nothing. Throws
 * NEVER_FIRES where another trigger has no occurrence.
 */
export function upsertJob(job: StoredJob, request: JobUpsert, { now }: Pick<EditContext, "now">): Edit<UpsertAnswer> {
  const { kind, trigger, requestId, payload, contentType, labels, policy, priority } = request;
  if (job.kind !== kind) return { answer: { type: "kind", kind: job.kind } };
  const other = sameTrigger(job.trigger, trigger) ? undefined : resolveTrigger(trigger, now);
  const changed = changedBy(job, { payload, contentType, labels, policy, priority }, other, now);
  if (changed === job) return { answer: { type: "updated", job, written: false } };
  const { requestId: _, ...rest } = changed;
  // As after a replacement: a repeat of this call is known by the job, and, once that has run and is gone, by its runs.
  const named = requestId === "" ? rest : { ...rest, requestId, createId: requestId };
  const written = caller(job, named);
  return { answer: { type: "updated", job: written, written: true }, write: { type: "put", job: written } };
}
