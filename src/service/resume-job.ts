import { resumeJob as resumeStored } from "../core/edits.js";
import { editJob } from "./edit-job.js";
import { type JobView, viewOf } from "./job-view.js";
import type { ServiceParts } from "./parts.js";
import { refused } from "./refusal.js";
import { wakeFor } from "./wake-for.js";

/** Lets a paused job go on; what came due meanwhile runs as its misfire policy says. On another job it changes nothing. */
export async function resumeJob(parts: ServiceParts, slug: string): Promise<JobView> {
  const answer = await editJob(parts, slug, resumeStored);
  if (answer.type !== "done") throw refused(slug, answer);
  wakeFor(parts, [answer.job]);
  return await viewOf(parts, answer.job);
}
