/** What the two day fields say. Days of the month are bits 0 to 30 of a mask, weekdays bits 0 (Sunday) to 6. */
export interface DayRule {
  readonly ofMonth: DaysOfMonth;
  readonly ofWeek: DaysOfWeek;
  /** Both fields are restricted, in the UNIX dialect: a day that either of them names matches. Else both must. */
  readonly either: boolean;
}

export interface DaysOfMonth {
  days: number;
  /** `L` and `L-n`: n days before the last. */
  readonly beforeLast: number[];
  /** `nW`: the weekday nearest to day n. */
  readonly nearest: number[];
  /** `LW`: the last weekday. */
  lastWeekday: boolean;
}

export interface DaysOfWeek {
  weekdays: number;
  /** `dL`: the last such weekday of the month. */
  last: number;
  /** `d#k`: in element k (1 to 5), the weekdays whose k-th in the month matches. */
  readonly nth: number[];
}

const SATURDAY = 6;
const SUNDAY = 0;

/** The matching days of a month of `length` days whose first day is a `first`. */
export function matchingDays(rule: DayRule, first: number, length: number): number {
  const ofMonth = daysOfMonth(rule.ofMonth, first, length);
  const ofWeek = daysOfWeek(rule.ofWeek, first, length);
  return rule.either ? ofMonth | ofWeek : ofMonth & ofWeek;
}

function daysOfMonth(rule: DaysOfMonth, first: number, length: number): number {
  let mask = rule.days & (2 ** length - 1);
  for (const n of rule.beforeLast) {
    if (n < length) mask |= bit(length - n);
  }
  for (const n of rule.nearest) {
    if (n <= length) mask |= bit(nearestWeekday(n, first, length));
  }
  if (rule.lastWeekday) mask |= bit(nearestBefore(length, first));
  return mask;
}

/** Never leaves the month: the 1st on a Saturday gives Monday the 3rd. */
function nearestWeekday(day: number, first: number, length: number): number {
  const weekday = (first + day - 1) % 7;
  if (weekday === SATURDAY) return day > 1 ? day - 1 : 3;
  if (weekday === SUNDAY) return day < length ? day + 1 : day - 2;
  return day;
}

function nearestBefore(day: number, first: number): number {
  const weekday = (first + day - 1) % 7;
  if (weekday === SATURDAY) return day - 1;
  return weekday === SUNDAY ? day - 2 : day;
}

function daysOfWeek(rule: DaysOfWeek, first: number, length: number): number {
  let mask = 0;
  for (let day = 1; day <= length; day++) {
    const weekday = 1 << ((first + day - 1) % 7);
    const nth = rule.nth[Math.ceil(day / 7)] ?? 0;
    const last = day + 7 > length ? rule.last : 0;
    if ((rule.weekdays | nth | last) & weekday) mask |= bit(day);
  }
  return mask;
}

function bit(day: number): number {
  return 1 << (day - 1);
}
