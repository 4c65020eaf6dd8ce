import { cronOf } from "./cron/cron.js";
import { countOfInterval, newestOfInterval, nextOfInterval } from "./interval.js";
import type { Trigger } from "./trigger.js";

/**
 * When a trigger's occurrences are. Every answer is computed, never walked to: none takes longer for a longer outage. Each
 * function throws TickwireError, BAD_CRON or BAD_TIME_ZONE, where the trigger can't be computed: its zone may be unknown to
 * this Node although another one has stored it.
 */

/** Occurrences lie from 1970 to the end of 9999 (those of a cron trigger to the end of 2199). */
export const LAST_INSTANT_MS = 253_402_300_799_999;

/** The first occurrence strictly later than `after`; undefined where there is none. */
export function nextAfter(trigger: Trigger, after: Date): Date | undefined {
  // -1: an occurrence at 1970-01-01T00:00:00Z is the first of all.
  const afterMs = Math.max(after.getTime(), -1);
  switch (trigger.type) {
    case "cron":
      return toDate(cronOf(trigger).next(afterMs));
    case "interval":
      return toDate(nextOfInterval(trigger, afterMs));
    case "once":
      return trigger.time > after ? trigger.time : undefined;
  }
}

/** Of a trigger that is stored at `now`: a once trigger's time, even if it is past; else the first strictly later than `now`. */
export function firstOccurrence(trigger: Trigger, now: Date): Date | undefined {
  return trigger.type === "once" ? trigger.time : nextAfter(trigger, now);
}

/** The newest occurrence in (after, upTo]; undefined where there is none. */
export function newestUpTo(trigger: Trigger, after: Date, upTo: Date): Date | undefined {
  const newest = newestOf(trigger, Math.min(upTo.getTime(), LAST_INSTANT_MS));
  return newest !== undefined && newest > after.getTime() && newest >= 0 ? new Date(newest) : undefined;
}

function newestOf(trigger: Trigger, upToMs: number): number | undefined {
  switch (trigger.type) {
    case "cron":
      return cronOf(trigger).newest(upToMs);
    case "interval":
      return newestOfInterval(trigger, upToMs);
    case "once":
      return trigger.time.getTime() <= upToMs ? trigger.time.getTime() : undefined;
  }
}

/**
 * How many occurrences lie in (after, upTo]. Exact, but for cron triggers over more than 20 years with more than 1,000: there
 * it is an estimate, within a few for each change of the clocks.
 */
export function countBetween(trigger: Trigger, after: Date, upTo: Date): { count: number; exact: boolean } {
  const [afterMs, upToMs] = [Math.max(after.getTime(), -1), Math.min(upTo.getTime(), LAST_INSTANT_MS)];
  switch (trigger.type) {
    case "cron":
      return cronOf(trigger).count(afterMs, upToMs);
    case "interval":
      return { count: countOfInterval(trigger, afterMs, upToMs), exact: true };
    case "once":
      return { count: trigger.time > after && trigger.time <= upTo ? 1 : 0, exact: true };
  }
}

function toDate(ms: number | undefined): Date | undefined {
  return ms === undefined || ms > LAST_INSTANT_MS ? undefined : new Date(ms);
}
