import { parseSpan, showSpan } from "./span.js";

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/i;

/**
 * What a user gives for a moment: RFC 3339 with its zone, "now", or a span from now by this machine's clock ("+10m", "-2h"). Throws an
 * Error that completes "--name: must be ...".
 */
export function parseTime(text: string, now: Date): Date {
  if (text === "now") return now;
  const [, sign, span] = /^([+-])(.+)$/.exec(text) ?? [];
  if (span !== undefined) {
    const time = new Date(now.getTime() + (sign === "-" ? -1 : 1) * parseSpan(span));
    if (Number.isNaN(time.getTime())) throw new Error("must be within the calendar");
    return time;
  }
  const time = new Date(RFC_3339.test(text) ? text : Number.NaN);
  if (Number.isNaN(time.getTime())) {
    throw new Error(
      "must be a time with its zone, such as 2026-03-01T09:00:00Z or 2026-03-01T09:00:00+01:00, or now, +10m, -2h",
    );
  }
  return time;
}

/** How far away a moment is: "in 10s", "2m5s ago". */
export function relative(time: Date, now: Date): string {
  const ms = time.getTime() - now.getTime();
  if (Math.abs(ms) < 1_000) return "now";
  const span = showSpan(Math.round(Math.abs(ms) / 1_000) * 1_000);
  return ms < 0 ? `${span} ago` : `in ${span}`;
}
