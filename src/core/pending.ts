import { dueTime } from "./due-time.js";
import type { StoredJob } from "./job.js";
import { nthAfter } from "./nth.js";
import { countBetween, newestUpTo } from "./schedule.js";
import { occurrencesLeft } from "./trigger.js";

/** The occurrences of a trigger that wait to be run, from the job's own on. */
export interface Pending {
  /** The newest; the job's own where no other is pending. */
  readonly newest: Date;
  /** When that is due. */
  readonly due: Date;
  /** How many are older than the newest. */
  readonly older: number;
}

/** Of a job whose occurrence is its trigger's, is due, and has not begun: an occurrence is pending once its due time has come. */
export function pendingOf(job: StoredJob, now: Date): Pending {
  const own = { newest: job.occurrence, due: job.at ?? job.occurrence, older: 0 };
  const left = occurrencesLeft(job.trigger, job.triggerCount);
  // A trigger that was changed while a task was out counts from that task's end on.
  if (left === 0 || job.triggerCount === 0) return own;
  const newest = newestDue(job, now);
  if (!newest) return own;
  const { count } = countBetween(job.trigger, job.occurrence, newest);
  if (count <= left) return { newest, due: dueTime(job.trigger, job.uid, newest), older: count };
  const last = nthAfter(job.trigger, job.occurrence, newest, left);
  return { newest: last, due: dueTime(job.trigger, job.uid, last), older: left };
}

/** The newest after the job's own whose due time has come. Jitter ends before the next time, so it is the last but one at most. */
function newestDue({ trigger, uid, occurrence }: StoredJob, now: Date): Date | undefined {
  const newest = newestUpTo(trigger, occurrence, now);
  if (!newest || dueTime(trigger, uid, newest) <= now) return newest;
  return newestUpTo(trigger, occurrence, new Date(newest.getTime() - 1));
}
