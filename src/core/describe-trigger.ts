import { say } from "./check-number.js";
import { describeCron } from "./cron/describe.js";
import type { TriggerBounds, TriggerInput } from "./trigger.js";

/**
 * A trigger in plain words: "every 1 min 30 s", "once at 2025-01-01T00:00:00.000Z", "every day at 02:30, Europe/Berlin, until
 * 2026-01-01T00:00:00.000Z".
 */
export function describeTrigger(trigger: TriggerInput): string {
  return [describeSchedule(trigger), ...describeBounds(trigger)].join(", ");
}

function describeBounds({ startTime, endTime, maxOccurrences, jitterMs }: TriggerBounds): string[] {
  return [
    ...(startTime ? [`from ${startTime.toISOString()}`] : []),
    ...(endTime ? [`until ${endTime.toISOString()}`] : []),
    ...(maxOccurrences === undefined
      ? []
      : [`at most ${say(maxOccurrences)} ${maxOccurrences === 1 ? "time" : "times"}`]),
    ...(jitterMs === undefined ? [] : [`each put off by less than ${span(jitterMs)}`]),
  ];
}

function describeSchedule(trigger: TriggerInput): string {
  switch (trigger.type) {
    case "cron":
      return describeCron(trigger);
    case "interval":
      return `every ${span(trigger.everyMs)}`;
    case "fixed_delay":
      return `${span(trigger.everyMs)} after each run's end`;
    case "once":
      return trigger.time ? `once at ${trigger.time.toISOString()}` : "once, when it is stored";
  }
}

const UNITS = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "min"],
  [1_000, "s"],
  [1, "ms"],
] as const;

function span(ms: number): string {
  let rest = ms;
  const parts: string[] = [];
  for (const [unit, name] of UNITS) {
    const count = Math.floor(rest / unit);
    if (count > 0) parts.push(`${count} ${name}`);
    rest -= count * unit;
  }
  return parts.join(" ");
}
