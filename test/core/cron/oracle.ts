import type { Told } from "./arbitrary.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** What a zone's clock shows, minute by minute over some days around a change of it: asked of `Intl`, one minute at a time. */
export interface Window {
  readonly zone: string;
  readonly from: Date;
  readonly to: Date;
}

/** The changes of a zone's clock in a span of years, found day by day. */
export function changes(zone: string, from: Date, to: Date): { at: Date; before: number; after: number }[] {
  const clock = new Clock(zone);
  const found = [];
  let before = clock.offset(from.getTime());
  for (let day = from.getTime(); day < to.getTime(); day += DAY_MS) {
    const after = clock.offset(day + DAY_MS);
    if (after === before) continue;
    let at = day;
    while (clock.offset(at) === before) at += 15 * MINUTE_MS;
    found.push({ at: new Date(at), before, after });
    before = after;
  }
  return found;
}

/** Sixty hours on each side of a change: past the reach of any gap or overlap, as both are a day at most. */
export function around(zone: string, change: Date): Window {
  return { zone, from: new Date(change.getTime() - 60 * HOUR_MS), to: new Date(change.getTime() + 60 * HOUR_MS) };
}

/** The occurrences of `told` in a window, by walking. */
export class Walk {
  readonly #from: number;
  /** The wall clock's time at each minute, as ms as if it were UTC. */
  readonly #shown: readonly number[];

  constructor({ zone, from, to }: Window) {
    const clock = new Clock(zone);
    const shown: number[] = [];
    for (let at = from.getTime(); at < to.getTime(); at += MINUTE_MS) shown.push(clock.shown(at));
    this.#from = from.getTime();
    this.#shown = shown;
  }

  occurrences({ isFixed, matches }: Told): Date[] {
    const found = isFixed ? this.#fixed(matches) : this.#rhythm(matches);
    return found.map((index) => new Date(this.#from + index * MINUTE_MS));
  }

  #rhythm(matches: (wall: Date) => boolean): number[] {
    return [...this.#shown.keys()].filter((index) => matches(new Date(this.#shown[index] ?? 0)));
  }

  /** Each wall time once: where it is shown first; where it never is, at the first minute after the gap that swallowed it. */
  #fixed(matches: (wall: Date) => boolean): number[] {
    const first = new Map<number, number>();
    for (const [index, wall] of this.#shown.entries()) if (!first.has(wall)) first.set(wall, index);
    const found = new Set<number>();
    const last = this.#shown.at(-1) ?? 0;
    for (let wall = this.#shown[0] ?? 0; wall <= last; wall += MINUTE_MS) {
      if (!matches(new Date(wall))) continue;
      found.add(first.get(wall) ?? this.#shown.findIndex((shown) => shown > wall));
    }
    return [...found].sort((a, b) => a - b);
  }
}

/** Reads a zone's clock off its face, as a person would. */
export class Clock {
  readonly #format: Intl.DateTimeFormat;

  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat("en-US", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  }

  shown(at: number): number {
    const [month, day, year, hour, minute, second] = this.#format.format(at).split(/\D+/).map(Number);
    return Date.UTC(year ?? 0, (month ?? 0) - 1, day, hour, minute, second);
  }

  offset(at: number): number {
    return this.shown(at) - at;
  }
}
