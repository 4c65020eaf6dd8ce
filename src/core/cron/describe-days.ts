import type { CronDialect } from "../trigger.js";
import { isRun, listed, valuesOf } from "./described-values.js";
import { readValue } from "./field.js";
import { DAY_OF_MONTH, DAY_OF_WEEK, MONTH, YEAR } from "./shapes.js";

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
const PLACES = ["first", "second", "third", "fourth", "fifth"];
/** More names than this are no short words. */
const MOST_NAMES = 6;

/** "every Monday", "on day 1 of every month"; "" for every day; undefined where there are no short words. */
export function describeDays(
  dayOfMonth: string,
  month: string,
  dayOfWeek: string,
  dialect: CronDialect,
): string | undefined {
  const months = monthsOf(month);
  if (months === undefined) return undefined;
  const [ofMonth, ofWeek] = [isAny(dayOfMonth), isAny(dayOfWeek)];
  if (ofMonth && ofWeek) return months === "" ? "" : `every day ${months}`;
  if (ofWeek) return daysOfMonth(dayOfMonth, month, months);
  if (ofMonth) return daysOfWeek(dayOfWeek, months, dialect);
  // A field that starts with a star only narrows the other one.
  if (/^[*?]/.test(dayOfMonth) || /^[*?]/.test(dayOfWeek)) return undefined;
  const [one, other] = [daysOfMonth(dayOfMonth, "*", ""), daysOfWeek(dayOfWeek, "", dialect)];
  if (one === undefined || other === undefined) return undefined;
  return [`${one}, and ${other}`, ...(months === "" ? [] : [months])].join(", ");
}

/** "in 2030"; "" for every year; undefined where there are no short words. */
export function describeYears(year: string): string | undefined {
  if (year === "*") return "";
  const years = valuesOf(YEAR, year);
  if (years.length > 2 && isRun(years)) return `from ${years[0]} to ${years.at(-1)}`;
  return years.length <= MOST_NAMES ? `in ${listed(years.map(String))}` : undefined;
}

/** "in May", "from November to February"; "" for all. */
function monthsOf(text: string): string | undefined {
  if (text === "*") return "";
  const [from = "", to, ...more] = text.split("-");
  if (to !== undefined && more.length === 0 && !/[,/]/.test(text)) {
    return `from ${monthName(from)} to ${monthName(to)}`;
  }
  const months = valuesOf(MONTH, text);
  return months.length <= MOST_NAMES ? `in ${listed(months.map((month) => MONTHS[month - 1] ?? ""))}` : undefined;
}

function monthName(text: string): string {
  return MONTHS[readValue(MONTH, text, text) - 1] ?? "";
}

function daysOfMonth(text: string, month: string, months: string): string | undefined {
  if (/^\d+$/.test(text) && /^\w+$/.test(month)) return `every year on ${Number(text)} ${monthName(month)}`;
  const items = text.split(",");
  const special = items.map(specialDay);
  const words = special.every((item) => item !== undefined) ? listed(special) : plainDays(text, special);
  return words && `on ${words} of every month${months === "" ? "" : ` ${months}`}`;
}

function plainDays(text: string, special: readonly (string | undefined)[]): string | undefined {
  if (special.some((item) => item !== undefined)) return undefined;
  const days = valuesOf(DAY_OF_MONTH, text);
  if (days.length === 1) return `day ${days[0]}`;
  if (days.length > 2 && isRun(days)) return `days ${days[0]} to ${days.at(-1)}`;
  return days.length <= MOST_NAMES ? `days ${listed(days.map(String))}` : undefined;
}

function specialDay(item: string): string | undefined {
  const upper = item.toUpperCase();
  if (upper === "L") return "the last day";
  if (upper === "LW") return "the last weekday";
  const [, before, nearest] = /^L-(\d+)$|^(\d+)W$/.exec(upper) ?? [];
  if (before !== undefined) return `the day ${Number(before)} before the last`;
  return nearest === undefined ? undefined : `the weekday nearest to day ${Number(nearest)}`;
}

function daysOfWeek(text: string, months: string, dialect: CronDialect): string | undefined {
  const shape = DAY_OF_WEEK[dialect];
  const name = (day: string) => WEEKDAYS[(readValue(shape, day, day) - (dialect === "quartz" ? 1 : 0)) % 7] ?? "";
  const items = text.split(",").map((item) => placedDay(item, name));
  if (items.every((item) => item !== undefined)) {
    return `on ${listed(items)} of every month${months === "" ? "" : ` ${months}`}`;
  }
  if (items.some((item) => item !== undefined) || /[*?/]/.test(text)) return undefined;
  const words = text.split(",").map((item) => {
    // A bare L is QUARTZ's Saturday.
    if (/^L$/i.test(item)) return "Saturday";
    const [from = "", to] = item.split("-");
    return to === undefined ? name(from) : `${name(from)} to ${name(to)}`;
  });
  return `every ${listed(words)}${months === "" ? "" : ` ${months}`}`;
}

/** "the last Friday", "the second Monday". */
function placedDay(item: string, name: (day: string) => string): string | undefined {
  const [, day, place] = /^(\w+)#(\d)$/.exec(item) ?? [];
  if (day !== undefined) return `the ${PLACES[Number(place) - 1]} ${name(day)}`;
  const [, last] = /^(\w+)L$/i.exec(item) ?? [];
  return last === undefined ? undefined : `the last ${name(last)}`;
}

function isAny(day: string): boolean {
  return day === "*" || day === "?";
}
