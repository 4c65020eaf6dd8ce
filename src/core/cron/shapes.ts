import type { CronDialect } from "../trigger.js";
import { FIRST_YEAR, LAST_YEAR } from "./calendar.js";
import type { FieldName, FieldShape } from "./field.js";

const MONTH_NAMES = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAY_NAMES = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

export const SECOND = plain("second", 0, 59, true);
export const MINUTE = plain("minute", 0, 59, true);
export const HOUR = plain("hour", 0, 23, true);
export const DAY_OF_MONTH: FieldShape = { ...plain("day-of-month", 1, 31, false), isDay: true };
export const MONTH: FieldShape = { ...plain("month", 1, 12, true), names: MONTH_NAMES, namesFrom: 1 };
export const YEAR = plain("year", FIRST_YEAR, LAST_YEAR, false);

/** UNIX: 0 to 7, where 0 and 7 are Sunday. QUARTZ: 1 to 7 from Sunday. */
export const DAY_OF_WEEK: Readonly<Record<CronDialect, FieldShape>> = {
  unix: { ...plain("day-of-week", 0, 7, true), end: 6, span: 7, isDay: true, names: WEEKDAY_NAMES, namesFrom: 0 },
  quartz: { ...plain("day-of-week", 1, 7, true), isDay: true, names: WEEKDAY_NAMES, namesFrom: 1 },
};

function plain(name: FieldName, min: number, max: number, wraps: boolean): FieldShape {
  return { name, min, max, end: max, span: max - min + 1, wraps, isDay: false, names: [], namesFrom: 0 };
}
