import type { Run } from "../../core/run.js";
import type { RunPlaces, Store } from "../../store/store.js";

/** Runs that are read at once: at most some 30 KiB each without results, and 90 with them. */
const BARE = 200;
const WHOLE = 32;

/** The runs at these places, a few megabytes at a time. */
export async function* readPlaces(
  store: Store,
  items: RunPlaces["items"],
  results: boolean,
): AsyncGenerator<readonly Run[]> {
  const step = results ? WHOLE : BARE;
  for (let from = 0; from < items.length; from += step) {
    const places = items.slice(from, from + step).map(({ place }) => place);
    yield await store.runsAt(places, results);
  }
}
