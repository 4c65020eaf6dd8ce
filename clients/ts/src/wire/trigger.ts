import { badField } from "../errors.js";
import { type CronDialect, type IntervalBasis, Trigger as Wire } from "../gen/tickwire/v1/job.js";
import type { Trigger, TriggerInput } from "../trigger.js";
import { cronDialects, intervalBases } from "./enums.js";
import { int64 } from "./number.js";
import { optionalDuration, optionalTimestamp, toDate, toDuration, toMs } from "./time.js";

export function toWireTrigger(trigger: TriggerInput, field: string): Wire {
  return Wire.fromPartial({
    schedule: scheduleOf(trigger, field),
    startTime: optionalTimestamp(trigger.startTime, `${field}.start_time`),
    endTime: optionalTimestamp(trigger.endTime, `${field}.end_time`),
    maxOccurrences: int64(trigger.maxOccurrences, `${field}.max_occurrences`),
    jitter: optionalDuration(trigger.jitterMs, `${field}.jitter`),
  });
}

function scheduleOf({ cron, interval, once }: TriggerInput, field: string): NonNullable<Wire["schedule"]> {
  const set = [cron, interval, once].filter((one) => one !== undefined).length;
  if (set !== 1) throw badField(field, `exactly one of cron, interval and once must be set, not ${set}`);
  if (cron !== undefined) {
    const { expression, timeZone = "", dialect } = typeof cron === "string" ? { expression: cron } : cron;
    const number = cronDialects.number(known(dialect), `${field}.cron.dialect`) as CronDialect;
    return { $case: "cron", value: { expression, timeZone, dialect: number } };
  }
  if (interval !== undefined) {
    return {
      $case: "interval",
      value: {
        every: toDuration(interval.everyMs, `${field}.interval.every`),
        basis: intervalBases.number(known(interval.basis), `${field}.interval.basis`) as IntervalBasis,
        anchorTime: optionalTimestamp(interval.anchorTime, `${field}.interval.anchor_time`),
      },
    };
  }
  const time = once instanceof Date ? once : once?.time;
  return { $case: "once", value: { time: optionalTimestamp(time, `${field}.once.time`) } };
}

export function fromWireTrigger(wire: Wire | undefined): Trigger | undefined {
  if (!wire?.schedule) return undefined;
  const startTime = toDate(wire.startTime);
  const endTime = toDate(wire.endTime);
  const jitterMs = toMs(wire.jitter);
  const bounds = {
    ...(startTime && { startTime }),
    ...(endTime && { endTime }),
    ...(wire.maxOccurrences !== 0n && { maxOccurrences: Number(wire.maxOccurrences) }),
    ...(jitterMs !== undefined && { jitterMs }),
  };
  switch (wire.schedule.$case) {
    case "cron": {
      const { expression, timeZone, dialect } = wire.schedule.value;
      const name = cronDialects.name(dialect);
      return { cron: { expression, ...(timeZone !== "" && { timeZone }), ...(name && { dialect: name }) }, ...bounds };
    }
    case "interval": {
      const { every, basis, anchorTime } = wire.schedule.value;
      const name = intervalBases.name(basis);
      const anchor = toDate(anchorTime);
      const interval = {
        everyMs: toMs(every) ?? 0,
        ...(name && { basis: name }),
        ...(anchor && { anchorTime: anchor }),
      };
      return { interval, ...bounds };
    }
    case "once": {
      const time = toDate(wire.schedule.value.time);
      return { once: time ? { time } : {}, ...bounds };
    }
  }
}

/** A value that came from a newer server, and that this version could not name, can't be sent back: nothing is said instead. */
export function known<Name extends string>(name: Name | "unknown" | undefined): Name | undefined {
  return name === "unknown" ? undefined : name;
}
