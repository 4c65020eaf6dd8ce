import type { CronTrigger } from "../trigger.js";
import { describeDays, describeYears } from "./describe-days.js";
import { describeTimes } from "./describe-times.js";
import { isMacro, textsOf } from "./parse.js";

/**
 * A cron trigger that can be computed, in words: "every day at 02:30, Europe/Berlin". What has no short words, such as a step
 * that leaves a shorter gap at the hour's end, is told as it is written, behind "cron".
 */
export function describeCron({ expression, timeZone, dialect }: CronTrigger): string {
  const [second, minute, hour, dayOfMonth, month, dayOfWeek, year] = textsOf(expression);
  const times = describeTimes(second, minute, hour);
  const days = describeDays(dayOfMonth, month, dayOfWeek, isMacro(expression) ? "unix" : dialect);
  const years = describeYears(year);
  if (times === undefined || days === undefined || years === undefined) {
    return `cron ${expression.trim()}${dialect === "quartz" ? " (QUARTZ)" : ""}, ${timeZone}`;
  }
  const words = times.isRhythm
    ? [times.text, ...(days === "" ? [] : [days])].join(", ")
    : `${days || "every day"} at ${times.text}`;
  return [words, ...(years === "" ? [] : [years]), timeZone].join(", ");
}
