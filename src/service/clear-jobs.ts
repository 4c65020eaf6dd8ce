import { type DeleteAnswer, deleteJob } from "../core/edits.js";
import { type BulkAnswer, type BulkInput, changeAll, countAll } from "./bulk.js";
import { editContext, type ServiceParts } from "./parts.js";

/** Deletes what the filter matches, as DeleteJob does: tasks that are out are cancelled. */
export async function clearJobs(parts: ServiceParts, input: BulkInput, signal: AbortSignal): Promise<BulkAnswer> {
  const { filter, validateOnly } = input;
  if (validateOnly) return countAll(parts, filter, signal);
  return changeAll<DeleteAnswer>(
    parts,
    filter,
    signal,
    (job) => deleteJob(job, "", editContext(parts)),
    (answers) => {
      const runs = answers.flatMap((answer) => (answer.type === "deleted" && answer.run ? [answer.run] : []));
      if (runs.length === 0) return;
      parts.dispatch.feed.publish(runs);
      parts.dispatch.wake({ cancels: true });
    },
  );
}
