import { countBetween, newestUpTo, nextAfter } from "./schedule.js";
import type { Trigger } from "./trigger.js";

/**
 * One of many occurrences by its number, in a time that does not grow with them. As exact as `countBetween`: in a longer gap of
 * a cron trigger it is one close by.
 */

/** The n-th occurrence, from 1, in (after, upTo], which holds at least so many. */
export function nthAfter(trigger: Trigger, after: Date, upTo: Date, n: number): Date {
  if (trigger.type === "interval") {
    const first = nextAfter(trigger, after) ?? upTo;
    return new Date(first.getTime() + (n - 1) * trigger.everyMs);
  }
  const found = narrowed(after, upTo, (middle) => countBetween(trigger, after, middle).count >= n);
  return newestUpTo(trigger, after, found.to) ?? upTo;
}

/** The n-th newest occurrence, from 1, in (after, upTo], which holds at least so many. */
export function nthNewest(trigger: Trigger, after: Date, upTo: Date, n: number): Date {
  if (trigger.type === "interval") {
    const newest = newestUpTo(trigger, after, upTo) ?? upTo;
    return new Date(newest.getTime() - (n - 1) * trigger.everyMs);
  }
  const found = narrowed(after, upTo, (middle) => countBetween(trigger, middle, upTo).count < n);
  return nextAfter(trigger, found.from) ?? upTo;
}

/** Where `isPast` turns from false to true between two instants, to the millisecond: 42 steps for a century. */
function narrowed(from: Date, to: Date, isPast: (middle: Date) => boolean): { from: Date; to: Date } {
  let [low, high] = [from.getTime(), to.getTime()];
  while (high - low > 1) {
    const middle = low + Math.floor((high - low) / 2);
    if (isPast(new Date(middle))) high = middle;
    else low = middle;
  }
  return { from: new Date(low), to: new Date(high) };
}
