import type { Check } from "./check.js";
import { TickwireError } from "./errors.js";
import { firstOccurrence } from "./schedule.js";
import { resolveTrigger, type TriggerInput } from "./trigger.js";

/** That a trigger can be computed, and has an occurrence to give from `now` on. */
export function checkFires(check: Check, field: string, trigger: TriggerInput, now: Date): void {
  try {
    if (firstOccurrence(resolveTrigger(trigger, now), now)) return;
    check.bad(partOf(field, trigger, "NEVER_FIRES"), "has no time after now", "NEVER_FIRES");
  } catch (error) {
    if (!(error instanceof TickwireError)) throw error;
    check.bad(partOf(field, trigger, error.reason), error.message, error.reason);
  }
}

function partOf(field: string, trigger: TriggerInput, reason: string): string {
  if (trigger.type !== "cron") return field;
  return reason === "BAD_TIME_ZONE" ? `${field}.cron.time_zone` : `${field}.cron.expression`;
}
