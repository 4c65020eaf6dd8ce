import { TickwireError } from "../core/errors.js";
import type { ServiceParts } from "./parts.js";
import type { ScheduleInput } from "./schedule-input.js";
import { type Scheduled, scheduleJobs } from "./schedule-jobs.js";
import { warningsOf } from "./warnings.js";

export type ScheduledOne = Scheduled & { readonly warnings: readonly string[] };

/** Stores one job; durable when it resolves. */
export async function scheduleJob(parts: ServiceParts, input: ScheduleInput): Promise<ScheduledOne> {
  const [answer] = await scheduleJobs(parts, [input]);
  if (!answer || answer instanceof TickwireError) throw answer ?? new Error("one input, and no answer");
  return { ...answer, warnings: answer.job ? await warningsOf(parts, answer.job, input) : [] };
}
