import { pauseJob as pauseStored } from "../core/edits.js";
import { editJob } from "./edit-job.js";
import { type JobView, viewOf } from "./job-view.js";
import { editContext, type ServiceParts } from "./parts.js";
import { refused } from "./refusal.js";

/** Stops the job's next runs, on every server: what is paused can't be claimed. A task that is out ends first. */
export async function pauseJob(parts: ServiceParts, slug: string, reason: string): Promise<JobView> {
  const context = editContext(parts);
  const answer = await editJob(parts, slug, (job) => pauseStored(job, reason, context));
  if (answer.type !== "done") throw refused(slug, answer);
  return await viewOf(parts, answer.job);
}
