import type { IntervalTrigger } from "./trigger.js";

/**
 * Occurrences are anchor + n * every, for any whole n: by remainder and so exact, whatever time has passed. All instants are in
 * ms since 1970 UTC, and small enough (year 9999) that no sum loses a digit.
 */

/** The first occurrence strictly later than `after`. */
export function nextOfInterval(trigger: IntervalTrigger, after: number): number {
  return newestOfInterval(trigger, after) + trigger.everyMs;
}

/** The last occurrence at or before `upTo`. */
export function newestOfInterval({ anchor, everyMs }: IntervalTrigger, upTo: number): number {
  const past = (upTo - anchor.getTime()) % everyMs;
  return upTo - (past < 0 ? past + everyMs : past);
}

/** How many occurrences lie in (after, upTo]. */
export function countOfInterval(trigger: IntervalTrigger, after: number, upTo: number): number {
  if (upTo <= after) return 0;
  return (newestOfInterval(trigger, upTo) - newestOfInterval(trigger, after)) / trigger.everyMs;
}
