import type { Run } from "../../src/core/run.js";
import { openMemoryStore } from "../../src/store/memory/store.js";
import type { ReleaseWrite, RunPlaces, RunPlacesRequest, Store } from "../../src/store/store.js";

/** In the store's time, in ms: so long a run stays out of sight at most, behind others that are recorded later. */
export const LATE_MS = 10_000;

interface Entry {
  readonly run: Run;
  readonly place: string;
  readonly seenFrom: number;
}

/**
 * A memory store whose history has MongoDB's order: a place is the time at which the record began, and the run comes to stand
 * there later than others behind it. `lateMs` says by how much, for each.
 */
export function openLateStore(clock: () => Date, lateMs: () => number): Store {
  const store = openMemoryStore({ clock });
  const release = store.release.bind(store);
  const entries: Entry[] = [];
  const now = () => clock().getTime();
  const placeAt = (ms: number) => Math.max(0, ms).toString().padStart(15, "0");
  const note = (run: Run) => {
    const place = `${placeAt(now())}-${String(entries.length).padStart(6, "0")}`;
    entries.push({ run, place, seenFrom: now() + lateMs() });
  };
  return Object.assign(store, {
    async release(writes: readonly ReleaseWrite[]) {
      const results = await release(writes);
      for (const [n, { run }] of writes.entries()) if (results[n]?.status === "recorded") note(run);
      return results;
    },
    async runPlaces({ limit, ...request }: RunPlacesRequest): Promise<RunPlaces> {
      const settledBy = placeAt(now() - LATE_MS);
      const { after = settledBy } = request;
      const behind = entries.filter(({ place, seenFrom }) => place > after && seenFrom <= now());
      const items = behind.slice(0, limit).map(({ place, run: { token } }) => ({ place, token }));
      const end = behind.length <= limit;
      const last = (one: string, other: string) => (one > other ? one : other);
      const next = end ? last(after, placeAt(now() - 1_000)) : (items.at(-1)?.place ?? after);
      const settled = next < settledBy ? next : last(after, settledBy);
      return { items, next, end, settled, gap: false, unsettledMs: LATE_MS };
    },
    async runsAt(places: readonly string[], results: boolean): Promise<Run[]> {
      const byPlace = new Map(entries.map(({ place, run }) => [place, run]));
      const runs = places.flatMap((place) => byPlace.get(place) ?? []);
      return results ? runs : runs.map((run) => ({ ...run, result: new Uint8Array() }));
    },
  });
}
