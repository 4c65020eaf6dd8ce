import type { CronTrigger } from "../trigger.js";
import { isMacro, textsOf } from "./parse.js";

const WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

/**
 * A cron trigger that can be computed, in words: "every day at 02:30, Europe/Berlin". What has no short words is told as it is
 * written: "cron 0 0 L-3 * *, UTC".
 */
export function describeCron({ expression, timeZone, dialect }: CronTrigger): string {
  const fromSunday = dialect === "quartz" && !isMacro(expression) ? 1 : 0;
  const [second, minute, hour, dayOfMonth, month, dayOfWeek, year] = textsOf(expression);
  const time = timeOfDay(second, minute, hour);
  const rhythm = time === undefined ? rhythmOf(second, minute, hour) : undefined;
  const days = year === "*" ? daysOf(dayOfMonth, month, dayOfWeek, fromSunday) : undefined;
  let words: string | undefined;
  if (days !== undefined && time !== undefined) words = `${days || "every day"} at ${time}`;
  else if (days !== undefined && rhythm !== undefined) words = days ? `${rhythm}, ${days}` : rhythm;
  const asWritten = `cron ${expression.trim()}${dialect === "quartz" ? " (QUARTZ)" : ""}`;
  return `${words ?? asWritten}, ${timeZone}`;
}

/** "02:30", "02:30:15"; undefined where it is no one time of day. */
function timeOfDay(second: string, minute: string, hour: string): string | undefined {
  const [s, m, h] = [numberOf(second), numberOf(minute), numberOf(hour)];
  if (s === undefined || m === undefined || h === undefined) return undefined;
  return [h, m, ...(s > 0 ? [s] : [])].map((part) => String(part).padStart(2, "0")).join(":");
}

/** "every 5 minutes", "every hour at minute 30"; undefined where the gaps are not all alike. */
function rhythmOf(second: string, minute: string, hour: string): string | undefined {
  const [s, m] = [numberOf(second), numberOf(minute)];
  if (minute === "*" && hour === "*" && s === undefined) return step(second, "second", 60, "");
  if (s === undefined) return undefined;
  const atSecond = s > 0 ? `second ${s}` : "";
  if (hour === "*" && m === undefined) return step(minute, "minute", 60, atSecond);
  if (m === undefined) return undefined;
  const atMinute = [...(m > 0 || s > 0 ? [`minute ${m}`] : []), ...(s > 0 ? [`second ${s}`] : [])].join(", ");
  return step(hour, "hour", 24, atMinute);
}

/** A star, or steps from a first value on, where they go into the whole. */
function step(text: string, unit: string, whole: number, at: string): string | undefined {
  const [, from = "", by = "1"] = /^(\*|\d+)(?:\/(\d+))?$/.exec(text) ?? [];
  const [start, every] = [from === "*" ? 0 : Number(from), Number(by)];
  if (from === "" || (from !== "*" && !text.includes("/")) || whole % every !== 0 || start >= every) return undefined;
  const words = every === 1 ? `every ${unit}` : `every ${every} ${unit}s`;
  return [words, ...(start > 0 ? [`from ${unit} ${start}`] : []), ...(at ? [`at ${at}`] : [])].join(" ");
}

/** "" for every day; undefined where there are no short words. */
function daysOf(dayOfMonth: string, month: string, dayOfWeek: string, fromSunday: number): string | undefined {
  const anyDay = isAny(dayOfMonth);
  if (isAny(dayOfWeek)) {
    if (anyDay) return month === "*" ? "" : undefined;
    const day = numberOf(dayOfMonth);
    if (day === undefined) return undefined;
    if (month === "*") return `on day ${day} of every month`;
    const name = nameOf(month, MONTHS, 1);
    return name && `every year on ${day} ${name}`;
  }
  if (!anyDay || month !== "*") return undefined;
  const [from = "", to, ...more] = dayOfWeek.split("-");
  if (to !== undefined && more.length === 0) {
    const [first, last] = [nameOf(from, WEEKDAYS, fromSunday), nameOf(to, WEEKDAYS, fromSunday)];
    return first && last && `every ${first} to ${last}`;
  }
  const names = dayOfWeek.split(",").map((text) => nameOf(text, WEEKDAYS, fromSunday));
  return names.includes(undefined) ? undefined : `every ${names.join(", ").replace(/, (\w+)$/, " and $1")}`;
}

function isAny(day: string): boolean {
  return day === "*" || day === "?";
}

function numberOf(text: string): number | undefined {
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

/** By number, or by the first three letters; 7 is Sunday in the UNIX dialect. */
function nameOf(text: string, names: readonly string[], from: number): string | undefined {
  const number = numberOf(text);
  if (number !== undefined) return names[(number - from) % names.length];
  return names.find((name) => name.slice(0, 3).toLowerCase() === text.toLowerCase());
}
