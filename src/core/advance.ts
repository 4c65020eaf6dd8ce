import { dueTime } from "./due-time.js";
import { TickwireError } from "./errors.js";
import type { AskedRun, KeptOccurrence, RunCause, StoredJob } from "./job.js";
import type { Mutable } from "./mutable.js";
import { nextAfter, timeByHand } from "./schedule.js";
import { type OnceTrigger, occurrencesLeft } from "./trigger.js";

/** What a job does once its occurrence has ended. */
export type Next =
  | { readonly type: "occurrence"; readonly position: Position }
  | { readonly type: "none" }
  | { readonly type: "error"; readonly message: string };

/** The occurrence that a job goes on with. */
export interface Position {
  readonly occurrence: Date;
  readonly at: Date;
  readonly cause: RunCause;
  readonly byHand?: true;
  readonly regular?: KeptOccurrence;
  readonly ran?: AskedRun;
  readonly triggerCount: number;
}

/** The trigger's next occurrence, and how many it newly gave. */
export interface Given {
  readonly kept: KeptOccurrence;
  readonly given: 0 | 1;
}

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
  let regular: Given | undefined;
  try {
    regular = regularNext(job, endedAt, wish);
  } catch (error) {
    return { type: "error", message: messageOf(error) };
  }
  const position = followedBy(job, regular, endedAt);
  return position ? { type: "occurrence", position } : { type: "none" };
}

/** Where a job goes on whose trigger gives this: with a run that a caller asked for, and the trigger's beside it; else with that. */
export function followedBy(job: StoredJob, regular: Given | undefined, endedAt: Date): Position | undefined {
  const { again } = job;
  const triggerCount = job.triggerCount + (regular?.given ?? 0);
  if (again) {
    const { occurrence } = again;
    const position: Mutable<Position> = { occurrence, at: endedAt, cause: "run_job", ran: again, triggerCount };
    if (regular) position.regular = regular.kept;
    return position;
  }
  if (!regular) return undefined;
  const { occurrence, at, byHand } = regular.kept;
  const position: Mutable<Position> = { occurrence, at, cause: "trigger", triggerCount };
  if (byHand) position.byHand = true;
  return position;
}

/** Throws TickwireError where the trigger can't be computed. */
export function regularNext(job: StoredJob, endedAt: Date, wish: Wish): Given | undefined {
  if (wish.lastRun) return undefined;
  // A backfilled job runs once, whatever its worker wishes for: each would go on beside the job that it was made for.
  if (wish.nextTime && !(job.backfillOf !== undefined && job.trigger.type === "once"))
    return setByHand(job, endedAt, wish.nextTime);
  if (job.cause === "run_job" && job.triggerCount > 0) return job.regular && { kept: job.regular, given: 0 };
  return nextOfTrigger(job, endedAt);
}

/** In place of the trigger's, and so within its bounds: at its start if it is earlier, and none from its end on. */
function setByHand(job: StoredJob, endedAt: Date, time: Date): Given | undefined {
  // One of this trigger's that waits beside RunJob's gives its place.
  const given = job.cause === "run_job" && job.regular && job.triggerCount > 0 ? 0 : 1;
  if (given > occurrencesLeft(job.trigger, job.triggerCount)) return undefined;
  // Later than the occurrence that ended and than RunJob's, so that no two share a name.
  const named = [job.occurrence, job.ran?.occurrence, job.again?.occurrence];
  const earliest = Math.max(endedAt.getTime(), ...named.map((one) => (one ? one.getTime() + 1 : 0)));
  const occurrence = timeByHand(job.trigger, new Date(Math.max(time.getTime(), earliest)));
  if (!occurrence) return undefined;
  return { kept: { occurrence, at: occurrence, byHand: true }, given };
}

/**
 * What the trigger gives once the job's occurrence has ended, or was given up, at `endedAt`: its first time after both the
 * occurrence and the moment it was stored. Throws TickwireError where it can't be computed.
 */
export function nextOfTrigger(job: StoredJob, endedAt: Date): Given | undefined {
  const { trigger } = job;
  if (occurrencesLeft(trigger, job.triggerCount) === 0) return undefined;
  const after = latest(job.occurrence, trigger.type === "fixed_delay" ? endedAt : job.triggerFrom);
  const occurrence = trigger.type === "once" ? onceChanged(job, trigger) : nextAfter(trigger, after);
  return occurrence && { kept: { occurrence, at: dueTime(trigger, job.uid, occurrence) }, given: 1 };
}

/** Its one run, where the trigger was changed while the task was out; else that was given, and may have been moved to before its time. */
function onceChanged(job: StoredJob, { time }: OnceTrigger): Date | undefined {
  if (job.triggerCount > 0) return undefined;
  if (time > job.occurrence) return time;
  return new Date(Math.max(job.triggerFrom.getTime(), job.occurrence.getTime() + 1));
}

function latest(one: Date, other: Date): Date {
  return one > other ? one : other;
}

function messageOf(error: unknown): string {
  if (error instanceof TickwireError) return error.message;
  throw error;
}
