import { sameValue } from "./same-value.js";
import type { Trigger, TriggerInput } from "./trigger.js";

/**
 * The request asks for the trigger that is stored. What a server fills in, an interval's anchor and the time of what runs
 * once, is equal where the request leaves it unset, whoever set the stored one: so an unchanged interval keeps its phase.
 */
export function sameTrigger(stored: Trigger, given: TriggerInput): boolean {
  if (given.type === "interval" && stored.type === "interval" && !given.anchor) {
    return sameValue(stored, { ...given, anchor: stored.anchor });
  }
  if (given.type === "once" && stored.type === "once" && !given.time) {
    return sameValue(stored, { ...given, time: stored.time });
  }
  return sameValue(stored, given);
}
