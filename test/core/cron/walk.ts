import { nextAfter } from "../../../src/core/schedule.js";
import type { CronDialect, CronTrigger } from "../../../src/core/trigger.js";

export function cron(expression: string, timeZone = "UTC", dialect: CronDialect = "unix"): CronTrigger {
  return { type: "cron", expression, timeZone, dialect };
}

/** The next `count` occurrences, or fewer where they end, as "2025-03-09T07:00:00". */
export function nexts(trigger: CronTrigger, from: string, count: number): string[] {
  const found: string[] = [];
  let at = nextAfter(trigger, utc(from));
  while (at && found.length < count) {
    found.push(text(at));
    at = nextAfter(trigger, at);
  }
  return found;
}

/** "2025-03-09", "2025-03-09T07:00" or "2025-03-09T07:00:30", in UTC. */
export function utc(time: string): Date {
  const full = time.length === 10 ? `${time}T00:00:00Z` : `${time}${time.length === 16 ? ":00" : ""}Z`;
  const date = new Date(full);
  if (Number.isNaN(date.getTime())) throw new Error(`not a time: ${time}`);
  return date;
}

export function text(date: Date): string {
  return date.toISOString().slice(0, 19);
}
