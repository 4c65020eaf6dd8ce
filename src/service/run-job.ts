import { runJob as askRun } from "../core/edits.js";
import { occurrenceId } from "../core/job.js";
import { editJob } from "./edit-job.js";
import { type JobView, viewOf } from "./job-view.js";
import { editContext, type ServiceParts } from "./parts.js";
import { refused } from "./refusal.js";

export interface RunAsked {
  readonly view: JobView;
  readonly occurrenceId: string;
}

/** Runs the job now, as an occurrence of its own; a repeat of the call that `requestId` names asks for nothing more. */
export async function runJob(parts: ServiceParts, slug: string, requestId: string): Promise<RunAsked> {
  const context = editContext(parts);
  const answer = await editJob(parts, slug, (job) => askRun(job, requestId, context));
  if (answer.type !== "asked") throw refused(slug, answer);
  const { job } = answer;
  if (job.due) parts.dispatch.wake({ due: { kinds: [job.kind], at: job.due } });
  return { view: await viewOf(parts, job), occurrenceId: occurrenceId(slug, answer.occurrence) };
}
