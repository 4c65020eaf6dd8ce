import { show } from "./check.js";
import { longerThan, wrongText } from "./check-text.js";
import { cronOf } from "./cron/cron.js";
import { zoneOf } from "./cron/zone.js";
import { type Reason, TickwireError, type Violation } from "./errors.js";
import { limit } from "./limits.js";
import { LAST_INSTANT_MS } from "./schedule.js";
import type { CronTrigger, TriggerInput } from "./trigger.js";

/** What is wrong with a trigger, and the reason to refuse the call with where nothing else is wrong. */
export interface TriggerViolation extends Violation {
  readonly reason: Extract<Reason, "BAD_FIELD" | "BAD_CRON" | "BAD_TIME_ZONE" | "NEVER_FIRES">;
}

/**
 * Everything that is wrong with a trigger that is to be stored at `now`, by its field below `path` (as in `job.trigger`); none
 * where it may be stored. `for (const { field, description, reason } of checkTrigger(...)) check.bad(field, description, reason)`.
 */
export function checkTrigger(input: TriggerInput, path: string, now: Date): TriggerViolation[] {
  switch (input.type) {
    case "cron":
      return checkCron(input, `${path}.cron`, now);
    case "interval":
      return [
        ...checkEvery(input.everyMs, `${path}.interval.every`),
        ...checkInstant(input.anchor, `${path}.interval.anchor_time`),
      ];
    case "once":
      return checkInstant(input.time, `${path}.once.time`);
  }
}

function checkCron(trigger: CronTrigger, path: string, now: Date): TriggerViolation[] {
  const found = [
    ...caught(`${path}.expression`, () => checkExpression(trigger)),
    ...caught(`${path}.time_zone`, () => checkTimeZone(trigger.timeZone)),
  ];
  return found.length > 0 ? found : caught(`${path}.expression`, () => checkFires(trigger, now));
}

function checkExpression(trigger: CronTrigger): void {
  const { expression } = trigger;
  const wrong = wrongText(expression, limit("cron_bytes"));
  if (wrong !== undefined) throw new TickwireError("BAD_CRON", `${wrong}; got ${show(expression)}`);
  cronOf({ ...trigger, timeZone: "UTC" });
}

function checkTimeZone(timeZone: string): void {
  if (longerThan(timeZone, limit("time_zone_bytes"))) {
    throw new TickwireError(
      "BAD_TIME_ZONE",
      `must be at most ${limit("time_zone_bytes")} bytes; got ${show(timeZone)}`,
    );
  }
  zoneOf(timeZone);
}

function checkFires(trigger: CronTrigger, now: Date): void {
  const cron = cronOf(trigger);
  if (cron.next(now.getTime()) !== undefined) return;
  const last = cron.newest(now.getTime());
  const why = last === undefined ? "no such time exists" : `its last time was ${new Date(last).toISOString()}`;
  throw new TickwireError("NEVER_FIRES", `${show(trigger.expression)} never fires: ${why}`);
}

function checkEvery(everyMs: number, field: string): TriggerViolation[] {
  const [min, max] = [limit("interval_min_ms"), limit("span_max_ms")];
  if (Number.isSafeInteger(everyMs) && everyMs >= min && everyMs <= max) return [];
  const bounds = `must be whole milliseconds from ${min} ms to ${max.toLocaleString("en")} ms`;
  return [{ field, description: `${bounds}; got ${show(everyMs)} ms`, reason: "BAD_FIELD" }];
}

function checkInstant(time: Date | undefined, field: string): TriggerViolation[] {
  if (time === undefined || (time.getTime() >= 0 && time.getTime() <= LAST_INSTANT_MS)) return [];
  const got = Number.isNaN(time.getTime()) ? "no valid time" : time.toISOString();
  const description = `must be from 1970-01-01T00:00:00Z to 9999-12-31T23:59:59.999Z; got ${got}`;
  return [{ field, description, reason: "BAD_FIELD" }];
}

/** What `check` throws, as the violation of `field`. */
function caught(field: string, check: () => void): TriggerViolation[] {
  try {
    check();
    return [];
  } catch (error) {
    if (!(error instanceof TickwireError)) throw error;
    return [{ field, description: error.message, reason: reasonOf(error) }];
  }
}

function reasonOf({ reason }: TickwireError): TriggerViolation["reason"] {
  return reason === "BAD_TIME_ZONE" || reason === "NEVER_FIRES" ? reason : "BAD_CRON";
}
