import type { Search } from "./search.js";
import type { WallTimes } from "./wall-times.js";
import { MAX_OFFSET, type Zone } from "./zone.js";

/**
 * Each time happens once: at the first instant at which the zone's clock shows it or a later one. So a time in a gap comes right
 * after the gap, together with all others of that gap, and one in an overlap comes in the first pass. This order of instants is
 * that of the times, so that the search is one look-up on the wall clock.
 */
export class FixedSearch implements Search {
  readonly #times: WallTimes;
  readonly #zone: Zone;

  constructor(times: WallTimes, zone: Zone) {
    this.#times = times;
    this.#zone = zone;
  }

  atLeast(start: number): number | undefined {
    const wall = this.#times.atLeast(this.#reached(start - 1) + 1);
    return wall === undefined ? undefined : this.#firstAt(wall);
  }

  atMost(start: number): number | undefined {
    const wall = this.#times.atMost(this.#reached(start));
    return wall === undefined ? undefined : this.#firstAt(wall);
  }

  countIn(from: number, to: number): number {
    let count = this.estimateIn(from, to);
    let at = from;
    while (at < to) {
      const span = this.#zone.spanAt(at);
      if (span.from >= from) {
        const merged = this.#times.countIn(this.#reached(span.from - 1) + 1, span.from + span.offset + 1);
        if (merged > 1) count -= merged - 1;
      }
      at = span.to;
    }
    return count;
  }

  /** Counts each of the times that fall together into one gap. */
  estimateIn(from: number, to: number): number {
    return this.#times.countIn(this.#reached(from - 1) + 1, this.#reached(to - 1) + 1);
  }

  /** The latest wall time that the clock has shown up to and with `at`. */
  #reached(at: number): number {
    let span = this.#zone.spanAt(at);
    let latest = at + span.offset;
    // What a clock shows it can have shown before only within the reach of one change back.
    while (at - span.from < 2 * MAX_OFFSET) {
      span = this.#zone.spanAt(span.from - 1);
      latest = Math.max(latest, span.to - 1 + span.offset);
    }
    return latest;
  }

  #firstAt(wall: number): number {
    let at = wall - MAX_OFFSET;
    for (;;) {
      const { to, offset } = this.#zone.spanAt(at);
      const shown = wall - offset;
      if (shown < to) return Math.max(shown, at);
      at = to;
    }
  }
}
