import { show } from "./check.js";
import { say } from "./check-number.js";
import { longerThan, wrongText } from "./check-text.js";
import { cronOf } from "./cron/cron.js";
import { zoneOf } from "./cron/zone.js";
import { type Reason, TickwireError, type Violation } from "./errors.js";
import { limit } from "./limits.js";
import { firstOccurrence, LAST_INSTANT_MS } from "./schedule.js";
import { type CronTrigger, resolveTrigger, type TriggerBounds, type TriggerInput } from "./trigger.js";

/** What is wrong with a trigger, and the reason to refuse the call with where nothing else is wrong. */
export interface TriggerViolation extends Violation {
  readonly reason: Extract<Reason, "BAD_FIELD" | "BAD_CRON" | "BAD_TIME_ZONE" | "NEVER_FIRES">;
}

/**
 * Everything that is wrong with a trigger that is to be stored at `now`, by its field below `path` (as in `job.trigger`); none
 * where it may be stored. `for (const { field, description, reason } of checkTrigger(...)) check.bad(field, description, reason)`.
 */
export function checkTrigger(input: TriggerInput, path: string, now: Date): TriggerViolation[] {
  const found = [...checkSchedule(input, path), ...checkBounds(input, path)];
  return found.length > 0 ? found : checkFires(input, path, now);
}

function checkSchedule(input: TriggerInput, path: string): TriggerViolation[] {
  switch (input.type) {
    case "cron":
      return [
        ...caught(`${path}.cron.expression`, () => checkExpression(input)),
        ...caught(`${path}.cron.time_zone`, () => checkTimeZone(input.timeZone)),
      ];
    case "interval":
      return [
        ...checkEvery(input.everyMs, `${path}.interval.every`),
        ...checkInstant(input.anchor, `${path}.interval.anchor_time`),
      ];
    case "fixed_delay":
      return checkEvery(input.everyMs, `${path}.interval.every`);
    case "once":
      return checkInstant(input.time, `${path}.once.time`);
  }
}

function checkBounds(
  { startTime, endTime, maxOccurrences, jitterMs }: TriggerBounds,
  path: string,
): TriggerViolation[] {
  const found = [...checkInstant(startTime, `${path}.start_time`), ...checkInstant(endTime, `${path}.end_time`)];
  if (startTime && endTime && found.length === 0 && endTime <= startTime) {
    const description = `must be later than start_time, ${startTime.toISOString()}; got ${endTime.toISOString()}`;
    found.push({ field: `${path}.end_time`, description, reason: "BAD_FIELD" });
  }
  if (maxOccurrences !== undefined && !(Number.isSafeInteger(maxOccurrences) && maxOccurrences >= 1)) {
    const description = `must be a whole number from 0 to ${say(Number.MAX_SAFE_INTEGER)}; got ${show(maxOccurrences)}`;
    found.push({ field: `${path}.max_occurrences`, description, reason: "BAD_FIELD" });
  }
  const most = limit("jitter_max_ms");
  if (jitterMs !== undefined && !(Number.isSafeInteger(jitterMs) && jitterMs >= 1 && jitterMs <= most)) {
    const description = `must be from 0 ms to ${say(most)} ms; got ${show(jitterMs)} ms`;
    found.push({ field: `${path}.jitter`, description, reason: "BAD_FIELD" });
  }
  return found;
}

/** Of a trigger that is right in form: an occurrence is left for one that is stored at `now`. */
function checkFires(input: TriggerInput, path: string, now: Date): TriggerViolation[] {
  const found = input.type === "cron" ? caught(`${path}.cron.expression`, () => checkExpressionFires(input, now)) : [];
  if (found.length > 0 || (!input.startTime && !input.endTime)) return found;
  if (firstOccurrence(resolveTrigger(input, now), now)) return [];
  const window = [
    input.startTime && `from ${input.startTime.toISOString()}`,
    input.endTime && `before ${input.endTime.toISOString()}`,
  ];
  const description = `the trigger has no occurrence after now ${window.filter(Boolean).join(" and ")}`;
  return [{ field: `${path}.${input.endTime ? "end_time" : "start_time"}`, description, reason: "NEVER_FIRES" }];
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

function checkExpressionFires(trigger: CronTrigger, now: Date): void {
  const cron = cronOf(trigger);
  if (cron.next(now.getTime()) !== undefined) return;
  const last = cron.newest(now.getTime());
  const why = last === undefined ? "no such time exists" : `its last time was ${new Date(last).toISOString()}`;
  throw new TickwireError("NEVER_FIRES", `${show(trigger.expression)} never fires: ${why}`);
}

function checkEvery(everyMs: number, field: string): TriggerViolation[] {
  const [min, max] = [limit("interval_min_ms"), limit("span_max_ms")];
  if (Number.isSafeInteger(everyMs) && everyMs >= min && everyMs <= max) return [];
  const bounds = `must be whole milliseconds from ${min} ms to ${say(max)} ms`;
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
