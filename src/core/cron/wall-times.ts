import { DAY_SECONDS, DAYS, MONTHS, monthLength, monthOf, monthStart, weekdayOf } from "./calendar.js";
import { type DayRule, matchingDays } from "./day-rule.js";
import type { ValueSet } from "./value-set.js";

/** What an expression's fields hold; months from 0, years from 1970. */
export interface Fields {
  readonly seconds: ValueSet;
  readonly minutes: ValueSet;
  readonly hours: ValueSet;
  readonly months: ValueSet;
  readonly years: ValueSet;
  readonly days: DayRule;
}

/**
 * The times that an expression names on a wall clock that is never changed: a wall time is its seconds since 1970-01-01T00:00
 * on that clock. What a zone makes of them is the search's business.
 */
export class WallTimes {
  readonly #fields: Fields;
  readonly #perDay: number;
  /** A month's days depend on its first weekday and its length alone: 28 masks are all there are. */
  readonly #masks = new Int32Array(28).fill(-1);

  constructor(fields: Fields) {
    this.#fields = fields;
    this.#perDay = fields.hours.count * fields.minutes.count * fields.seconds.count;
  }

  /** The first time at or after `wall`, or undefined. */
  atLeast(wall: number): number | undefined {
    const day = Math.floor(wall / DAY_SECONDS);
    if (day >= 0 && day < DAYS && this.#hasDay(day)) {
      const time = this.#timeAtLeast(wall - day * DAY_SECONDS);
      if (time >= 0) return day * DAY_SECONDS + time;
    }
    const next = this.#dayAtLeast(day + 1);
    return next < 0 ? undefined : next * DAY_SECONDS + this.#timeAtLeast(0);
  }

  /** The last time at or before `wall`, or undefined. */
  atMost(wall: number): number | undefined {
    const day = Math.floor(wall / DAY_SECONDS);
    if (day >= 0 && day < DAYS && this.#hasDay(day)) {
      const time = this.#timeAtMost(wall - day * DAY_SECONDS);
      if (time >= 0) return day * DAY_SECONDS + time;
    }
    const previous = this.#dayAtMost(day - 1);
    return previous < 0 ? undefined : previous * DAY_SECONDS + this.#timeAtMost(DAY_SECONDS - 1);
  }

  /** How many times lie in [from, to). Costs a few steps a month, and nothing for each time. */
  countIn(from: number, to: number): number {
    if (to <= from) return 0;
    const [firstDay, lastDay] = [Math.floor(from / DAY_SECONDS), Math.floor(to / DAY_SECONDS)];
    const before = this.#timesOn(firstDay, from - firstDay * DAY_SECONDS);
    const until = this.#timesOn(lastDay, to - lastDay * DAY_SECONDS);
    return this.#countDays(firstDay, lastDay) * this.#perDay - before + until;
  }

  /** Times of a day, if it matches, before `time`. */
  #timesOn(day: number, time: number): number {
    if (day < 0 || day >= DAYS || !this.#hasDay(day)) return 0;
    const { hours, minutes, seconds } = this.#fields;
    const [hour, minute, second] = split(time);
    let count = hours.below(hour) * minutes.count * seconds.count;
    if (!hours.has(hour)) return count;
    count += minutes.below(minute) * seconds.count;
    return minutes.has(minute) ? count + seconds.below(second) : count;
  }

  #timeAtLeast(time: number): number {
    const { hours, minutes, seconds } = this.#fields;
    const [hour, minute, second] = split(time);
    if (hours.has(hour)) {
      if (minutes.has(minute)) {
        const found = seconds.atLeast(second);
        if (found >= 0) return hour * 3_600 + minute * 60 + found;
      }
      const found = minutes.atLeast(minute + 1);
      if (found >= 0) return hour * 3_600 + found * 60 + seconds.first;
    }
    const found = hours.atLeast(hour + 1);
    return found < 0 ? -1 : found * 3_600 + minutes.first * 60 + seconds.first;
  }

  #timeAtMost(time: number): number {
    const { hours, minutes, seconds } = this.#fields;
    const [hour, minute, second] = split(time);
    if (hours.has(hour)) {
      if (minutes.has(minute)) {
        const found = seconds.atMost(second);
        if (found >= 0) return hour * 3_600 + minute * 60 + found;
      }
      const found = minutes.atMost(minute - 1);
      if (found >= 0) return hour * 3_600 + found * 60 + seconds.last;
    }
    const found = hours.atMost(hour - 1);
    return found < 0 ? -1 : found * 3_600 + minutes.last * 60 + seconds.last;
  }

  #hasDay(day: number): boolean {
    const month = monthOf(day);
    return ((this.#mask(month) >>> (day - monthStart(month))) & 1) === 1;
  }

  #dayAtLeast(day: number): number {
    const from = Math.max(day, 0);
    if (from >= DAYS) return -1;
    let month = monthOf(from);
    let mask = this.#mask(month) & (-1 << (from - monthStart(month)));
    while (mask === 0) {
      if (++month >= MONTHS) return -1;
      mask = this.#mask(month);
    }
    return monthStart(month) + 31 - Math.clz32(mask & -mask);
  }

  #dayAtMost(day: number): number {
    const from = Math.min(day, DAYS - 1);
    if (from < 0) return -1;
    let month = monthOf(from);
    let mask = this.#mask(month) & (2 ** (from - monthStart(month) + 1) - 1);
    while (mask === 0) {
      if (--month < 0) return -1;
      mask = this.#mask(month);
    }
    return monthStart(month) + 31 - Math.clz32(mask);
  }

  /** Matching days in [from, to). */
  #countDays(from: number, to: number): number {
    return this.#daysBefore(to, from) - this.#daysBefore(from, from);
  }

  /** Matching days before `day`, from the start of the month of `since`. */
  #daysBefore(day: number, since: number): number {
    const end = Math.min(Math.max(day, 0), DAYS);
    const start = Math.min(Math.max(since, 0), DAYS - 1);
    const last = end < DAYS ? monthOf(end) : MONTHS;
    let count = 0;
    for (let month = monthOf(start); month < last; month++) count += bits(this.#mask(month));
    return last < MONTHS ? count + bits(this.#mask(last) & (2 ** (end - monthStart(last)) - 1)) : count;
  }

  #mask(month: number): number {
    const year = Math.floor(month / 12);
    if (!this.#fields.months.has(month - year * 12) || !this.#fields.years.has(year)) return 0;
    const first = weekdayOf(monthStart(month));
    const length = monthLength(month);
    const index = first * 4 + length - 28;
    const known = this.#masks[index] ?? -1;
    if (known >= 0) return known;
    const mask = matchingDays(this.#fields.days, first, length);
    this.#masks[index] = mask;
    return mask;
  }
}

function split(time: number): [hour: number, minute: number, second: number] {
  const minutes = Math.floor(time / 60);
  const hour = Math.floor(minutes / 60);
  return [hour, minutes - hour * 60, time - minutes * 60];
}

function bits(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++;
  return count;
}
