import { requeueJob } from "../core/edits.js";
import type { StoredJob } from "../core/job.js";
import { type BulkAnswer, type BulkInput, changeAll, countAll } from "./bulk.js";
import { editContext, type ServiceParts } from "./parts.js";
import { wakeFor } from "./wake-for.js";

/** Makes the dead jobs among those that the filter matches due now, with a new set of attempts. */
export async function requeueJobs(parts: ServiceParts, input: BulkInput, signal: AbortSignal): Promise<BulkAnswer> {
  const { states } = input.filter;
  if (states && states.length > 0 && !states.includes("dead")) return { count: 0, more: false };
  const filter = { ...input.filter, states: ["dead"] as const };
  if (input.validateOnly) return countAll(parts, filter, signal);
  return changeAll<StoredJob>(
    parts,
    filter,
    signal,
    (job) => {
      const edit = requeueJob(job, editContext(parts));
      return { ...edit, answer: edit.answer.type === "requeued" ? edit.answer.job : undefined };
    },
    (jobs) => wakeFor(parts, jobs),
  );
}
