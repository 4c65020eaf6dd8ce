import { type Check, show } from "../core/check.js";
import { checkTrigger } from "../core/check-trigger.js";
import { bounded, type Trigger as CoreTrigger, type TriggerBounds, type TriggerInput } from "../core/trigger.js";
import { BASES, DIALECT, DIALECTS, readEnum } from "./enums.js";
import type { Duration } from "./gen/google/protobuf/duration.js";
import {
  type CronTrigger,
  IntervalBasis,
  type IntervalTrigger,
  type OnceTrigger,
  type Trigger,
} from "./gen/tickwire/v1/job.js";
import { optionalDuration, optionalTimestamp, readDuration, readTimestamp, toDuration } from "./time.js";
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
  const bounds = readBounds(check, field, trigger);
  const schedule = readSchedule(check, field, trigger.schedule);
  const input = schedule && bounded(schedule, bounds);
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

function readBounds(check: Check, field: string, trigger: Trigger): TriggerBounds {
  const startTime = readTimestamp(check, `${field}.start_time`, trigger.startTime);
  const endTime = readTimestamp(check, `${field}.end_time`, trigger.endTime);
  const { maxOccurrences } = trigger;
  if (maxOccurrences < 0n) {
    check.bad(`${field}.max_occurrences`, `must not be negative; got ${show(maxOccurrences)}`);
  }
  const jitterMs = readDuration(check, `${field}.jitter`, trigger.jitter);
  return {
    ...(startTime && { startTime }),
    ...(endTime && { endTime }),
    ...(maxOccurrences > 0n && { maxOccurrences: Number(maxOccurrences) }),
    ...(jitterMs && { jitterMs }),
  };
}

function readCron(check: Check, field: string, cron: CronTrigger): TriggerInput {
  refuseUnknown(check, field, cron);
  const dialect = readEnum(check, `${field}.dialect`, cron.dialect, DIALECTS) ?? "unix";
  return { type: "cron", expression: cron.expression, timeZone: cron.timeZone || "UTC", dialect };
}

function readInterval(check: Check, field: string, interval: IntervalTrigger): TriggerInput | undefined {
  refuseUnknown(check, field, interval);
  const everyMs = readEvery(check, `${field}.every`, interval.every);
  const type = readEnum(check, `${field}.basis`, interval.basis, BASES);
  const anchor = readTimestamp(check, `${field}.anchor_time`, interval.anchorTime);
  if (anchor && type === "fixed_delay") {
    check.bad(`${field}.anchor_time`, `must not be set with FIXED_DELAY; got ${anchor.toISOString()}`);
  }
  if (everyMs === undefined) return undefined;
  return type === "fixed_delay" ? { type, everyMs } : { type: "interval", everyMs, ...(anchor && { anchor }) };
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

function readOnce(check: Check, field: string, once: OnceTrigger): TriggerInput {
  refuseUnknown(check, field, once);
  const time = readTimestamp(check, `${field}.time`, once.time);
  return { type: "once", ...(time && { time }) };
}

export function writeTrigger(trigger: CoreTrigger | TriggerInput): Trigger {
  return {
    schedule: writeSchedule(trigger),
    startTime: optionalTimestamp(trigger.startTime),
    endTime: optionalTimestamp(trigger.endTime),
    maxOccurrences: BigInt(trigger.maxOccurrences ?? 0),
    jitter: optionalDuration(trigger.jitterMs),
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
    case "fixed_delay": {
      const every = toDuration(trigger.everyMs);
      return { $case: "interval", value: { every, basis: IntervalBasis.FIXED_DELAY, anchorTime: undefined } };
    }
    case "once":
      return { $case: "once", value: { time: optionalTimestamp(trigger.time) } };
  }
}
