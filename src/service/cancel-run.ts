import { cancelRun as askCancel } from "../core/edits.js";
import { editJob } from "./edit-job.js";
import { editContext, type ServiceParts } from "./parts.js";
import { notRunning, refused } from "./refusal.js";

/** Asks for the end of the job's task, and answers its run once that is stored. `runId` empty: whichever is in progress. */
export async function cancelRun(parts: ServiceParts, slug: string, runId: string): Promise<string> {
  const context = editContext(parts);
  const answer = await editJob(parts, slug, (job) => askCancel(job, runId, context));
  if (answer.type === "state") throw notRunning(slug, answer.state, answer.runId);
  if (answer.type !== "cancelling") throw refused(slug, answer);
  parts.dispatch.wake({ cancels: true });
  return answer.runId;
}
