import type { Search } from "./search.js";
import type { WallTimes } from "./wall-times.js";
import { MAX_OFFSET, type Zone } from "./zone.js";

/** No clock shows a time again later than this after it showed it first. */
const REACH = 2 * MAX_OFFSET;

/** An instant is an occurrence where the zone's clock shows one of the times: those in a gap drop, those in an overlap come twice. */
export class RhythmSearch implements Search {
  readonly #times: WallTimes;
  readonly #zone: Zone;

  constructor(times: WallTimes, zone: Zone) {
    this.#times = times;
    this.#zone = zone;
  }

  atLeast(start: number): number | undefined {
    let at = start;
    for (;;) {
      const { to, offset } = this.#zone.spanAt(at);
      const wall = this.#times.atLeast(at + offset);
      if (wall === undefined) {
        // No later time; but one that was passed may come again where the clocks go back within a day.
        if (to - at > REACH) return undefined;
      } else if (wall - offset < to) {
        return wall - offset;
      }
      // Past the reach of the next change back, no clock shows `wall` earlier than this.
      at = to - at > REACH && wall !== undefined ? Math.max(to, wall - MAX_OFFSET) : to;
    }
  }

  atMost(start: number): number | undefined {
    let at = start;
    for (;;) {
      const { from, offset } = this.#zone.spanAt(at);
      const wall = this.#times.atMost(at + offset);
      if (wall === undefined) {
        if (at - from > REACH) return undefined;
      } else if (wall - offset >= from) {
        return wall - offset;
      }
      at = at - from > REACH && wall !== undefined ? Math.min(from - 1, wall + MAX_OFFSET) : from - 1;
    }
  }

  countIn(from: number, to: number): number {
    let count = 0;
    for (let at = from; at < to; ) {
      const span = this.#zone.spanAt(at);
      const end = Math.min(span.to, to);
      count += this.#times.countIn(at + span.offset, end + span.offset);
      at = end;
    }
    return count;
  }

  estimateIn(from: number, to: number): number {
    return this.#times.countIn(from + this.#zone.spanAt(from).offset, to + this.#zone.spanAt(to).offset);
  }
}
