import { cronOf } from "./cron/cron.js";
import { TickwireError } from "./errors.js";
import { countOfInterval, newestOfInterval, nextOfInterval } from "./interval.js";
import type { Trigger, TriggerBounds } from "./trigger.js";

/**
 * When a trigger's occurrences are, from its start up to, and without, its end. Every answer is computed, never walked to: none
 * takes longer for a longer outage. Each function throws TickwireError, BAD_CRON or BAD_TIME_ZONE, where the trigger can't be
 * computed: its zone may be unknown to this Node although another one has stored it.
 */

/** Occurrences lie from 1970 to the end of 9999 (those of a cron trigger to the end of 2199). */
export const LAST_INSTANT_MS = 253_402_300_799_999;

/**
 * The first occurrence strictly later than `after`; undefined where there is none. Of a fixed delay, `after` is the end of the
 * last attempt, or the moment the trigger is stored.
 */
export function nextAfter(trigger: Trigger, after: Date): Date | undefined {
  const found = nextOf(trigger, Math.max(after.getTime(), beforeFirst(trigger)));
  return found === undefined || found > lastOf(trigger) ? undefined : new Date(found);
}

function nextOf(trigger: Trigger, afterMs: number): number | undefined {
  switch (trigger.type) {
    case "cron":
      return cronOf(trigger).next(afterMs);
    case "interval":
      return nextOfInterval(trigger, afterMs);
    case "fixed_delay":
      return afterMs === beforeFirst(trigger) ? afterMs + 1 : afterMs + trigger.everyMs;
    case "once":
      return trigger.time.getTime() > afterMs ? trigger.time.getTime() : undefined;
  }
}

/** Of a trigger that is stored at `now`: a once trigger's time, even if it is past; else the first strictly later than `now`. */
export function firstOccurrence(trigger: Trigger, now: Date): Date | undefined {
  if (trigger.type === "once") return isWithin(trigger, trigger.time) ? trigger.time : undefined;
  return nextAfter(trigger, now);
}

/** The newest occurrence in (after, upTo]; undefined where there is none. */
export function newestUpTo(trigger: Trigger, after: Date, upTo: Date): Date | undefined {
  const newest = newestOf(trigger, Math.min(upTo.getTime(), lastOf(trigger)));
  return newest !== undefined && newest > Math.max(after.getTime(), beforeFirst(trigger))
    ? new Date(newest)
    : undefined;
}

function newestOf(trigger: Trigger, upToMs: number): number | undefined {
  switch (trigger.type) {
    case "cron":
      return cronOf(trigger).newest(upToMs);
    case "interval":
      return newestOfInterval(trigger, upToMs);
    case "fixed_delay":
      return undefined;
    case "once":
      return trigger.time.getTime() <= upToMs ? trigger.time.getTime() : undefined;
  }
}

/**
 * How many occurrences lie in (after, upTo]. Exact, but for cron triggers over more than 20 years with more than 1,000: there
 * it is an estimate, within a few for each change of the clocks.
 */
export function countBetween(trigger: Trigger, after: Date, upTo: Date): { count: number; exact: boolean } {
  const afterMs = Math.max(after.getTime(), beforeFirst(trigger));
  const upToMs = Math.min(upTo.getTime(), lastOf(trigger));
  switch (trigger.type) {
    case "cron":
      return cronOf(trigger).count(afterMs, upToMs);
    case "interval":
      return { count: countOfInterval(trigger, afterMs, upToMs), exact: true };
    case "fixed_delay":
      return { count: 0, exact: true };
    case "once": {
      const ms = trigger.time.getTime();
      return { count: ms > afterMs && ms <= upToMs ? 1 : 0, exact: true };
    }
  }
}

/** From an occurrence to the trigger's next time, whatever bounds it; undefined where there is none. */
export function gapAfter(trigger: Trigger, occurrence: Date): number | undefined {
  const ms = occurrence.getTime();
  if (trigger.type === "interval") return nextOfInterval(trigger, ms) - ms;
  if (trigger.type !== "cron") return undefined;
  const next = cronOf(trigger).next(ms);
  return next === undefined ? undefined : next - ms;
}

/** `time` is one of the occurrences; never of a trigger that can't be computed. */
export function occursAt(trigger: Trigger, time: Date): boolean {
  if (trigger.type === "fixed_delay") return false;
  try {
    return nextAfter(trigger, new Date(time.getTime() - 1))?.getTime() === time.getTime();
  } catch (error) {
    if (error instanceof TickwireError) return false;
    throw error;
  }
}

/** A time set by hand, within the trigger's bounds as it takes its place: its start where it is earlier; from its end on none. */
export function timeByHand(trigger: TriggerBounds, time: Date): Date | undefined {
  const { startTime } = trigger;
  const found = startTime !== undefined && startTime > time ? startTime : time;
  return isWithin(trigger, found) ? found : undefined;
}

/** `time` may be one of the trigger's, whether it is computed or set by hand. */
export function isWithin(trigger: TriggerBounds, time: Date): boolean {
  return time.getTime() > beforeFirst(trigger) && time.getTime() <= lastOf(trigger);
}

/** The instant before the first at which an occurrence may be: 1970-01-01T00:00:00Z is the first of all. */
function beforeFirst({ startTime }: TriggerBounds): number {
  return startTime ? startTime.getTime() - 1 : -1;
}

/** The last instant at which an occurrence may be. */
function lastOf({ endTime }: TriggerBounds): number {
  return endTime ? Math.min(endTime.getTime() - 1, LAST_INSTANT_MS) : LAST_INSTANT_MS;
}
