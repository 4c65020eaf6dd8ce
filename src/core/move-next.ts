import { claimable, ownOccurrence } from "./edits.js";
import { TickwireError } from "./errors.js";
import { hasBegun, type StoredJob } from "./job.js";
import { timeByHand } from "./schedule.js";

/** Where an occurrence is moved to: a span from now, or a time, of which a past one is now. */
export type Move = { readonly delayMs: number } | { readonly time: Date };

/**
 * The next occurrence moved by hand: it takes the place of the trigger's, is one of its, and the trigger goes on with its first
 * time after it. Of one that has a name already, because it had begun, or because RunJob or BackfillJob made it, only the due
 * time moves. Undefined where there is none to move: a task is out, or the job is dead or completed. Throws NEVER_FIRES where
 * the trigger's end is not later.
 */
export function moveNext(job: StoredJob, move: Move, now: Date): StoredJob | undefined {
  if (job.lock || job.dead || job.expireAt) return undefined;
  const time = timeOf(job, move, now);
  // The trigger goes on after it, wherever it has been put: what lies between is not missed.
  if (hasBegun(job)) return claimable({ ...job, at: time, ...(job.cause === "trigger" && { triggerFrom: time }) });
  if (job.cause === "run_job" && job.regular) {
    // Later than RunJob's, of which it may have the millisecond: no two share a name.
    const occurrence = new Date(Math.max(time.getTime(), job.occurrence.getTime() + 1));
    return { ...job, regular: { occurrence, at: time, byHand: true } };
  }
  if (job.cause !== "trigger") return claimable({ ...job, at: time });
  const occurrence = time > now ? time : ownOccurrence(job, now);
  return claimable({ ...job, occurrence, at: time, byHand: true });
}

/** Not before now; of the trigger's, also where it waits beside RunJob's, within its bounds: at its start if that is later. */
function timeOf(job: StoredJob, move: Move, now: Date): Date {
  const { trigger } = job;
  const wished = "time" in move ? move.time.getTime() : now.getTime() + move.delayMs;
  const time = new Date(Math.max(wished, now.getTime()));
  const isBound = !hasBegun(job) && (job.cause === "trigger" || job.regular !== undefined);
  const found = isBound ? timeByHand(trigger, time) : time;
  if (found) return found;
  const field = "time" in move ? "next_time" : "delay";
  const end = trigger.endTime
    ? `before its trigger's end_time, ${trigger.endTime.toISOString()}`
    : "within the calendar";
  const description = `the next occurrence must be ${end}; got ${time.toISOString()}`;
  const violations = [{ field, description }];
  throw new TickwireError("NEVER_FIRES", `${field}: ${description}`, { field }, { violations });
}
