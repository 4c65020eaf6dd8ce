import type { Edit } from "../../core/edit.js";
import type { StoredJob } from "../../core/job.js";
import { putCancel } from "./cancels.js";
import type { Context } from "./context.js";
import { deleteJobs, overwriteJob, readJob } from "./jobs.js";
import { insertRuns } from "./runs.js";

/** `Store.edit`, inside a transaction: the job that `change` sees is the stored one until it is written. */
export function editJobs<A>(
  context: Context,
  slugs: readonly string[],
  change: (job: StoredJob | undefined, slug: string) => Edit<A>,
): A[] {
  return slugs.map((slug) => {
    const read = readJob(context, slug);
    const { answer, write, run, notice } = change(read?.job, slug);
    if (!read || !write) return answer;
    if (write.type === "delete") deleteJobs(context, [read.id], [read.id]);
    else overwriteJob(context, read, write.job);
    if (run) insertRuns(context, [run]);
    if (notice) putCancel(context, notice);
    return answer;
  });
}
