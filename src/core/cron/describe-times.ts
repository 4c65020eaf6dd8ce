import { isRun, listed, valuesOf } from "./described-values.js";
import { HOUR, MINUTE, SECOND } from "./shapes.js";

/** More times of a day than this are no short words. */
const MOST_TIMES = 6;

/** "02:30", "09:00 and 17:00", or a rhythm: "every 5 minutes". */
export interface DescribedTimes {
  readonly text: string;
  readonly isRhythm: boolean;
}

/** Undefined where there are no short words. */
export function describeTimes(second: string, minute: string, hour: string): DescribedTimes | undefined {
  const rhythm = rhythmOf(second, minute, hour) ?? windowOf(second, minute, hour);
  if (rhythm !== undefined) return { text: rhythm, isRhythm: true };
  const times = timesOf(second, minute, hour);
  return times && { text: listed(times), isRhythm: false };
}

function timesOf(second: string, minute: string, hour: string): string[] | undefined {
  const [seconds, minutes, hours] = [valuesOf(SECOND, second), valuesOf(MINUTE, minute), valuesOf(HOUR, hour)];
  if (seconds.length * minutes.length * hours.length > MOST_TIMES) return undefined;
  return hours.flatMap((h) => minutes.flatMap((m) => seconds.map((s) => clock(h, m, s))));
}

function clock(hour: number, minute: number, second: number): string {
  return [hour, minute, ...(second > 0 ? [second] : [])].map((part) => String(part).padStart(2, "0")).join(":");
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

/** Within some hours of the day: "every 15 minutes from 09:00 to 17:45". */
function windowOf(second: string, minute: string, hour: string): string | undefined {
  const hours = valuesOf(HOUR, hour);
  const [first, last] = [hours[0] ?? 0, hours.at(-1) ?? 0];
  if (numberOf(second) !== 0 || hours.length < 3 || hours.length === 24 || !isRun(hours)) return undefined;
  const minutes = valuesOf(MINUTE, minute);
  const [from, to] = [minutes[0] ?? 0, minutes.at(-1) ?? 0];
  const every = 60 / minutes.length;
  if (!minutes.every((value, at) => value === from + at * every)) return undefined;
  const unit = every === 60 ? "hour" : every === 1 ? "minute" : `${every} minutes`;
  return `every ${unit} from ${clock(first, from, 0)} to ${clock(last, to, 0)}`;
}

function numberOf(text: string): number | undefined {
  return /^\d+$/.test(text) ? Number(text) : undefined;
}
