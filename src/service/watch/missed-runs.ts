import { limit } from "../../core/limits.js";
import type { RunPlaces } from "../../store/store.js";
import type { ServiceParts } from "../parts.js";
import { readPlaces } from "./read-places.js";
import { RecentTokens } from "./recent-tokens.js";
import { fitting, type WatchedPart } from "./run-buffer.js";
import type { WatchInput } from "./watch-runs.js";

/** Places of one part of the history. */
const PLACES = 1_000;
/** The newest of those that were sent: met again where they were not settled, or told by the tail as well. */
const SENT = 20_000;

export interface Missed {
  /** Where the watcher is. */
  readonly place: string;
  /** Runs that the tail may tell again. */
  readonly sent: RecentTokens;
}

/**
 * What a watcher has missed since it was at this place, from the history; oldest first. At the history's end `join` sees to it
 * that the watcher hears of what is recorded from then on, and what came in between is read as well. So nothing is left out,
 * and memory holds one part of the history, however much was missed.
 */
export async function* missedRuns(
  parts: ServiceParts,
  { filter, full }: WatchInput,
  from: string,
  join: () => Promise<unknown>,
): AsyncGenerator<WatchedPart, Missed> {
  const { store, clock } = parts;
  const sent = new RecentTokens(SENT);
  let place = from;
  let saidAt = clock.mono();
  let joined = false;
  for (let after = from; ; ) {
    const part = await store.runPlaces({ filter, after, limit: PLACES });
    let { gap } = part;
    for await (const runs of readPlaces(store, unsent(part, sent), full)) {
      for (let left = runs; left.length > 0; ) {
        const count = fitting(left);
        yield { runs: left.slice(0, count), place, gap };
        left = left.slice(count);
        gap = false;
        saidAt = clock.mono();
      }
    }
    for (const { token } of part.items) sent.add(token, 0);
    place = part.settled;
    if (gap || clock.mono() - saidAt > limit("watch_alive_ms") / 2) {
      yield { runs: [], place, gap };
      saidAt = clock.mono();
    }
    if (!part.end) {
      after = part.next;
    } else if (joined) {
      return { place, sent };
    } else {
      await join();
      joined = true;
      after = part.settled;
    }
  }
}

function unsent({ items }: RunPlaces, sent: RecentTokens): RunPlaces["items"] {
  return sent.size === 0 ? items : items.filter(({ token }) => !sent.has(token));
}
