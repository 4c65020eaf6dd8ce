import type { CronTrigger } from "../trigger.js";
import { DAY_SECONDS, DAYS } from "./calendar.js";
import { parseCron } from "./parse.js";
import { ParseCache } from "./parse-cache.js";
import type { Search } from "./search.js";
import { FixedSearch } from "./search-fixed.js";
import { RhythmSearch } from "./search-rhythm.js";
import { zoneOf } from "./zone.js";

/** Occurrences are whole seconds since 1970 UTC, from 0 to this, exclusive: 2200-01-01. */
const END = DAYS * DAY_SECONDS;

/** A cron trigger, ready to be asked. All instants are in ms since 1970 UTC. */
export class Cron {
  readonly #search: Search;

  constructor(search: Search) {
    this.#search = search;
  }

  /** The first occurrence strictly later than `after`. */
  next(after: number): number | undefined {
    const start = Math.max(secondAfter(after), 0);
    const found = start < END ? this.#search.atLeast(start) : undefined;
    return found === undefined || found >= END ? undefined : found * 1_000;
  }

  /** The last occurrence at or before `upTo`. */
  newest(upTo: number): number | undefined {
    const start = Math.min(secondAfter(upTo), END) - 1;
    const found = start >= 0 ? this.#search.atMost(start) : undefined;
    return found === undefined || found < 0 ? undefined : found * 1_000;
  }

  /** How many occurrences lie in (after, upTo]: exact, but for an estimate where many lie in a span of decades. */
  count(after: number, upTo: number): { count: number; exact: boolean } {
    const [from, to] = [Math.max(secondAfter(after), 0), Math.min(secondAfter(upTo), END)];
    if (to <= from) return { count: 0, exact: true };
    if (to - from > EXACT_SPAN) {
      const estimate = this.#search.estimateIn(from, to);
      if (estimate > ALWAYS_EXACT) return { count: estimate, exact: false };
    }
    return { count: this.#search.countIn(from, to), exact: true };
  }
}

/** Reading the clock changes of ten years takes 1 to 3 ms the first time; a turn has 5. */
const EXACT_SPAN = 20 * 366 * DAY_SECONDS;
/** Counts up to 1,000 are exact; an estimate is off by less than the rest. */
const ALWAYS_EXACT = 2_000;

function secondAfter(ms: number): number {
  return Math.floor(ms / 1_000) + 1;
}

/** Throws TickwireError: BAD_CRON, BAD_TIME_ZONE. */
export function cronOf({ expression, timeZone, dialect }: CronTrigger): Cron {
  const zone = zoneOf(timeZone);
  const { times, isFixed } = cache.get(expression, dialect);
  return new Cron(isFixed ? new FixedSearch(times, zone) : new RhythmSearch(times, zone));
}

/** Parsing anew takes 20 µs. 5 kB each: all the times of a day on the minute fit. */
const cache = new ParseCache(parseCron, 2_000);
