import type { CronDialect } from "../trigger.js";
import type { DayRule, DaysOfMonth, DaysOfWeek } from "./day-rule.js";
import { badCron, eachItem, readItem, readValue } from "./field.js";
import { DAY_OF_MONTH, DAY_OF_WEEK } from "./shapes.js";

/** Reads both day fields. Throws TickwireError (BAD_CRON). */
export function parseDays(dayOfMonth: string, dayOfWeek: string, dialect: CronDialect): DayRule {
  const ofMonth = parseDaysOfMonth(dayOfMonth);
  const ofWeek = parseDaysOfWeek(dayOfWeek, dialect);
  if (dialect === "quartz" && (dayOfMonth === "?") === (dayOfWeek === "?")) {
    const both = `${dayOfMonth} and ${dayOfWeek}`;
    throw badCron(
      "day-of-week",
      both,
      "can't both be said in the QUARTZ dialect: exactly one of the day fields must be ?",
    );
  }
  return { ofMonth, ofWeek, either: isRestricted(dayOfMonth) && isRestricted(dayOfWeek) };
}

/** As Vixie's cron has it: a field that starts with a star only narrows what the other one says. */
function isRestricted(field: string): boolean {
  return !field.startsWith("*") && !field.startsWith("?");
}

function parseDaysOfMonth(text: string): DaysOfMonth {
  const rule: DaysOfMonth = { days: 0, beforeLast: [], nearest: [], lastWeekday: false };
  eachItem(DAY_OF_MONTH, text, (item) => {
    const upper = item.toUpperCase();
    if (upper === "L") rule.beforeLast.push(0);
    else if (upper === "LW") rule.lastWeekday = true;
    else if (/^L-/.test(upper)) rule.beforeLast.push(readBeforeLast(item));
    else if (/^[0-9]*W$/.test(upper)) rule.nearest.push(readNearest(item));
    else readItem(DAY_OF_MONTH, item, (day) => (rule.days |= 1 << (day - 1)));
  });
  return rule;
}

function readBeforeLast(item: string): number {
  const n = /^L-([0-9]+)$/i.exec(item)?.[1];
  const value = n === undefined ? 0 : Number(n);
  if (value >= 1 && value <= 30) return value;
  throw badCron("day-of-month", item, "must be L-n with n from 1 to 30");
}

function readNearest(item: string): number {
  const day = item.slice(0, -1);
  if (day === "") throw badCron("day-of-month", item, "must follow a day, as in 15W, or L");
  return readValue(DAY_OF_MONTH, item, day);
}

function parseDaysOfWeek(text: string, dialect: CronDialect): DaysOfWeek {
  const shape = DAY_OF_WEEK[dialect];
  const toBit = (value: number) => 1 << (dialect === "quartz" ? (value - 1) % 7 : value % 7);
  const rule: DaysOfWeek = { weekdays: 0, last: 0, nth: [0, 0, 0, 0, 0, 0] };
  eachItem(shape, text, (item) => {
    const [, weekday, k] = /^([^#]*)#(.*)$/.exec(item) ?? [];
    if (weekday !== undefined && k !== undefined) {
      const place = /^[0-9]+$/.test(k) ? Number(k) : 0;
      if (place < 1 || place > 5) throw badCron("day-of-week", item, "must be d#k with k from 1 to 5");
      rule.nth[place] = (rule.nth[place] ?? 0) | toBit(readValue(shape, item, weekday));
    } else if (/^L$/i.test(item)) {
      if (dialect === "unix") throw badCron("day-of-week", item, "must follow a weekday, as in 5L");
      rule.weekdays |= toBit(shape.max);
    } else if (/L$/i.test(item)) {
      rule.last |= toBit(readValue(shape, item, item.slice(0, -1)));
    } else {
      readItem(shape, item, (value) => (rule.weekdays |= toBit(value)));
    }
  });
  return rule;
}
