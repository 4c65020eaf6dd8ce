import { TickwireError } from "./errors.js";
import type { AskedRun, KeptOccurrence, RunCause, StoredJob } from "./job.js";
import { nextAfter } from "./schedule.js";

/** What a job does once its occurrence has ended. */
export type Next =
  | {
      readonly type: "occurrence";
      readonly occurrence: Date;
      readonly at: Date;
      readonly cause: RunCause;
      readonly byHand?: true;
      readonly regular?: KeptOccurrence;
      readonly ran?: AskedRun;
      readonly triggerCount: number;
    }
  | { readonly type: "none" }
  | { readonly type: "error"; readonly message: string };

/** What the outcome says of the next occurrence. */
export interface Wish {
  readonly nextTime?: Date;
  readonly lastRun?: boolean;
}

/**
 * The occurrence after the one that ended: a run that a caller asked for meanwhile, with the trigger's kept beside it; else
 * the time set by hand; else the one that was kept; else the trigger's first time after both the occurrence and the moment
 * the trigger was stored.
 */
export function advance(job: StoredJob, endedAt: Date, wish: Wish): Next {
  let regular: KeptOccurrence | undefined;
  let given = 0;
  try {
    const found = regularNext(job, endedAt, wish);
    regular = found?.kept;
    given = found?.given ?? 0;
  } catch (error) {
    return { type: "error", message: messageOf(error) };
  }
  const triggerCount = job.triggerCount + given;
  if (job.again) {
    return {
      type: "occurrence",
      occurrence: job.again.occurrence,
      at: endedAt,
      cause: "run_job",
      ...(regular && { regular }),
      ran: job.again,
      triggerCount,
    };
  }
  if (!regular) return { type: "none" };
  return { type: "occurrence", ...regular, cause: "trigger", triggerCount };
}

/** The trigger's next occurrence, and how many it newly gave. Throws TickwireError where the trigger can't be computed. */
export function regularNext(
  job: StoredJob,
  endedAt: Date,
  wish: Wish,
): { kept: KeptOccurrence; given: number } | undefined {
  if (wish.lastRun) return undefined;
  if (wish.nextTime) {
    // Later than the occurrence that ended, so that no two share a name.
    const time = new Date(Math.max(wish.nextTime.getTime(), endedAt.getTime(), job.occurrence.getTime() + 1));
    return { kept: { occurrence: time, at: time, byHand: true }, given: 1 };
  }
  if (job.triggerCount === 0) {
    const first = firstOfChanged(job);
    return first && { kept: { occurrence: first, at: first }, given: 1 };
  }
  if (job.cause === "run_job") return job.regular && { kept: job.regular, given: 0 };
  const next = nextAfter(job.trigger, latest(job.occurrence, job.triggerFrom));
  return next && { kept: { occurrence: next, at: next }, given: 1 };
}

/** The trigger was changed while the task was out, and has given nothing yet: one that runs once still has its run to give. */
function firstOfChanged(job: StoredJob): Date | undefined {
  const after = latest(job.occurrence, job.triggerFrom);
  if (job.trigger.type !== "once") return nextAfter(job.trigger, after);
  if (job.trigger.time > job.occurrence) return job.trigger.time;
  return new Date(Math.max(job.triggerFrom.getTime(), job.occurrence.getTime() + 1));
}

function latest(one: Date, other: Date): Date {
  return one > other ? one : other;
}

function messageOf(error: unknown): string {
  if (error instanceof TickwireError) return error.message;
  throw error;
}
