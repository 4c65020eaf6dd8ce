import { type Check, show } from "../core/check.js";
import { checkTrigger } from "../core/check-trigger.js";
import type { Trigger as CoreTrigger, TriggerInput } from "../core/trigger.js";
import { DIALECT, DIALECTS, readEnum } from "./enums.js";
import type { Duration } from "./gen/google/protobuf/duration.js";
import {
  type CronTrigger,
  IntervalBasis,
  type IntervalTrigger,
  type OnceTrigger,
  type Trigger,
} from "./gen/tickwire/v1/job.js";
import { optionalTimestamp, readDuration, readTimestamp, toDuration } from "./time.js";
import { refuseUnknown } from "./unknown-fields.js";

/** A trigger, checked for a job or kind that is stored at `now`. Undefined where it is unset, or too wrong to be read. */
export function readTrigger(
  check: Check,
  field: string,
  trigger: Trigger | undefined,
  now: Date,
): TriggerInput | undefined {
  if (!trigger) return undefined;
  refuseUnknown(check, field, trigger);
  refuseWindow(check, field, trigger);
  const input = readSchedule(check, field, trigger.schedule);
  const wrong = input ? checkTrigger(input, field, now) : [];
  for (const one of wrong) check.bad(one.field, one.description, one.reason);
  return input;
}

function readSchedule(check: Check, field: string, schedule: Trigger["schedule"]): TriggerInput | undefined {
  switch (schedule?.$case) {
    case "cron":
      return readCron(check, `${field}.cron`, schedule.value);
    case "interval":
      return readInterval(check, `${field}.interval`, schedule.value);
    case "once":
      return readOnce(check, `${field}.once`, schedule.value);
    case undefined:
      check.bad(field, "exactly one of cron, interval and once must be set");
      return undefined;
  }
}

function refuseWindow(check: Check, field: string, trigger: Trigger): void {
  const { startTime, endTime, maxOccurrences, jitter } = trigger;
  if (startTime && readTimestamp(check, `${field}.start_time`, startTime)) {
    check.notOffered(`${field}.start_time`, "a trigger's start time");
  }
  if (endTime && readTimestamp(check, `${field}.end_time`, endTime)) {
    check.notOffered(`${field}.end_time`, "a trigger's end time");
  }
  if (maxOccurrences < 0n) {
    check.bad(`${field}.max_occurrences`, `must not be negative; got ${show(maxOccurrences)}`);
  } else if (maxOccurrences > 0n) {
    check.notOffered(`${field}.max_occurrences`, "a limit of occurrences");
  }
  if (jitter && readDuration(check, `${field}.jitter`, jitter) !== undefined) {
    check.notOffered(`${field}.jitter`, "jitter");
  }
}

function readCron(check: Check, field: string, cron: CronTrigger): TriggerInput {
  refuseUnknown(check, field, cron);
  const dialect = readEnum(check, `${field}.dialect`, cron.dialect, DIALECTS) ?? "unix";
  return { type: "cron", expression: cron.expression, timeZone: cron.timeZone || "UTC", dialect };
}

function readInterval(check: Check, field: string, interval: IntervalTrigger): TriggerInput | undefined {
  refuseUnknown(check, field, interval);
  const everyMs = readEvery(check, `${field}.every`, interval.every);
  readBasis(check, `${field}.basis`, interval.basis);
  const anchor = readTimestamp(check, `${field}.anchor_time`, interval.anchorTime);
  if (everyMs === undefined) return undefined;
  return { type: "interval", everyMs, ...(anchor && { anchor }) };
}

function readEvery(check: Check, field: string, every: Duration | undefined): number | undefined {
  if (!every) {
    check.bad(field, "must be set");
    return undefined;
  }
  const ms = readDuration(check, field, every);
  if (ms === undefined) return undefined;
  if (every.nanos % 1_000_000 !== 0) {
    check.bad(field, `must be whole milliseconds; got ${show(every.seconds)} s and ${show(every.nanos)} ns`);
  }
  return ms;
}

function readBasis(check: Check, field: string, basis: number): void {
  if (basis === IntervalBasis.FIXED_DELAY) check.notOffered(field, "FIXED_DELAY");
  else if (basis !== IntervalBasis.UNSPECIFIED && basis !== IntervalBasis.FIXED_RATE) {
    check.bad(field, `must be one of 0, 1, 2; got ${show(basis)}`);
  }
}

function readOnce(check: Check, field: string, once: OnceTrigger): TriggerInput {
  refuseUnknown(check, field, once);
  const time = readTimestamp(check, `${field}.time`, once.time);
  return { type: "once", ...(time && { time }) };
}

export function writeTrigger(trigger: CoreTrigger | TriggerInput): Trigger {
  return {
    schedule: writeSchedule(trigger),
    startTime: undefined,
    endTime: undefined,
    maxOccurrences: 0n,
    jitter: undefined,
  };
}

function writeSchedule(trigger: CoreTrigger | TriggerInput): Trigger["schedule"] {
  switch (trigger.type) {
    case "cron": {
      const { expression, timeZone } = trigger;
      return { $case: "cron", value: { expression, timeZone, dialect: DIALECT[trigger.dialect] } };
    }
    case "interval": {
      const anchorTime = optionalTimestamp(trigger.anchor);
      return {
        $case: "interval",
        value: { every: toDuration(trigger.everyMs), basis: IntervalBasis.FIXED_RATE, anchorTime },
      };
    }
    case "once":
      return { $case: "once", value: { time: optionalTimestamp(trigger.time) } };
  }
}
