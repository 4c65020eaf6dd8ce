/**
 * The Gregorian calendar from 1970 to 2199, outside of which no occurrence lies. A day is counted from 1970-01-01 (0), a month
 * from 1970-01 (0), a weekday from Sunday (0).
 */
export const FIRST_YEAR = 1970;
export const LAST_YEAR = 2199;
export const YEARS = LAST_YEAR - FIRST_YEAR + 1;
export const MONTHS = YEARS * 12;
export const DAY_SECONDS = 86_400;

/** The first day of each month, and of the one after the last. */
const STARTS = monthStarts();
/** How many days there are. */
export const DAYS = STARTS[MONTHS] ?? 0;

export function monthStart(month: number): number {
  return STARTS[month] ?? DAYS;
}

export function monthLength(month: number): number {
  return monthStart(month + 1) - monthStart(month);
}

/** The month that `day` (0 to DAYS - 1) lies in. */
export function monthOf(day: number): number {
  // The guess by the mean length of a month is off by one at most.
  const guess = Math.floor(day / 30.436875);
  if (day < monthStart(guess)) return guess - 1;
  return day < monthStart(guess + 1) ? guess : guess + 1;
}

/** 1970-01-01 was a Thursday. */
export function weekdayOf(day: number): number {
  return (day + 4) % 7;
}

function monthStarts(): Int32Array {
  const starts = new Int32Array(MONTHS + 1);
  for (let month = 0; month < MONTHS; month++) starts[month + 1] = (starts[month] ?? 0) + lengthOf(month);
  return starts;
}

function lengthOf(month: number): number {
  const inYear = month % 12;
  if (inYear !== 1) return inYear === 3 || inYear === 5 || inYear === 8 || inYear === 10 ? 30 : 31;
  const year = FIRST_YEAR + Math.floor(month / 12);
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}
