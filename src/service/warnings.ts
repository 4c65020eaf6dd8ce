import { type StoredJob, stateOf } from "../core/job.js";
import type { ServiceParts } from "./parts.js";
import type { ScheduleInput } from "./schedule-input.js";
import { isServed } from "./serving.js";

/** What is legal, and worth a look. */
export async function warningsOf(parts: ServiceParts, job: StoredJob, input: ScheduleInput): Promise<string[]> {
  const warnings: string[] = [];
  if (!(await isServed(parts, job.kind))) {
    warnings.push(`no connected worker serves the kind ${job.kind}: the job waits until one does`);
  }
  if (parts.dispatch.kinds.get(job.kind)?.pause) {
    warnings.push(`the kind ${job.kind} is paused: the job waits until it is resumed`);
  }
  if (input.trigger?.type === "once" && input.trigger.time && input.trigger.time < job.triggerFrom && !input.delayMs) {
    warnings.push(`trigger.once.time ${input.trigger.time.toISOString()} is in the past: the job runs at once`);
  }
  if (stateOf(job) === "paused") warnings.push("the job is paused");
  if (stateOf(job) === "dead") warnings.push("the job is DEAD: RequeueJobs makes it due again");
  return warnings;
}
