import { requeueJob } from "../core/edits.js";
import type { StoredJob } from "../core/job.js";
import type { JobFilter } from "../store/store.js";
import { type BulkAnswer, changeAll } from "./bulk.js";
import { editContext, type ServiceParts } from "./parts.js";

/** Makes the dead jobs among those that the filter matches due now, with a new set of attempts. */
export async function requeueJobs(parts: ServiceParts, filter: JobFilter, signal: AbortSignal): Promise<BulkAnswer> {
  if (filter.states && filter.states.length > 0 && !filter.states.includes("dead")) return { count: 0, more: false };
  return changeAll<StoredJob>(
    parts,
    { ...filter, states: ["dead"] },
    signal,
    (job) => {
      const edit = requeueJob(job, editContext(parts));
      return { ...edit, answer: edit.answer.type === "requeued" ? edit.answer.job : undefined };
    },
    (jobs) => {
      const due = jobs.filter((job) => job.due);
      if (due.length === 0) return;
      parts.dispatch.wake({ due: { kinds: new Set(due.map((job) => job.kind)), at: parts.dispatch.now() } });
    },
  );
}
