import { describeCron } from "./cron/describe.js";
import type { TriggerInput } from "./trigger.js";

/** A trigger in plain words: "every 1 min 30 s", "once at 2025-01-01T00:00:00.000Z", "every day at 02:30, Europe/Berlin". */
export function describeTrigger(trigger: TriggerInput): string {
  switch (trigger.type) {
    case "cron":
      return describeCron(trigger);
    case "interval":
      return `every ${span(trigger.everyMs)}`;
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
