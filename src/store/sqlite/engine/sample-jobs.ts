import type { JobState } from "../../../core/job.js";
import type { Context } from "./context.js";
import { STATE } from "./state.js";

/** Places at which jobs are looked at, and how many jobs shall be found at all of them. */
const PLACES = 512;
const WANTED = 2_000;
/** Numbers looked at in each place, at first. */
const NARROW = 4;

export interface SampleRows {
  readonly total: number;
  readonly looked: number;
  readonly found: readonly (readonly [kind: string, state: JobState, count: number])[];
}

const ENDS = "SELECT (SELECT min(id) FROM job_state), (SELECT max(id) FROM job_state)";

export const LOOK = `SELECT s.kind_id, ${STATE} state, count(*)
  FROM json_each(?1) k CROSS JOIN job_state s ON s.id >= k.value AND s.id < k.value + ?2 GROUP BY 1, 2`;

/**
 * Looks at about two thousand jobs, spread evenly over their numbers: one place in each of some hundred stretches. Where jobs
 * have gone, and few numbers are taken, more of each stretch is looked at: the cost is in the jobs found.
 */
export function sampleJobs({ db, kinds }: Context): SampleRows {
  return db.reading(() => {
    const [first, last] = db.get(ENDS) ?? [];
    if (typeof first !== "number" || typeof last !== "number") return { total: 0, looked: 0, found: [] };
    const stretch = 2 ** Math.max(0, Math.ceil(Math.log2((last - first + 1) / PLACES)));
    for (let width = Math.min(NARROW, stretch); ; width = Math.min(stretch, width * 4)) {
      const places = placesOf(first, last, stretch, width);
      const found = db.all(LOOK, [JSON.stringify(places), width]) as [number, JobState, number][];
      const looked = found.reduce((sum, [, , count]) => sum + count, 0);
      if (looked * 4 < WANTED && width < stretch) continue;
      const total = Math.round((looked * stretch) / width);
      return { total, looked, found: found.map(([id, ...rest]) => [kinds.name(id), ...rest]) };
    }
  });
}

/** Where each stretch is looked at: drawn by its own number, so that it stays the same from one look to the next. */
function placesOf(first: number, last: number, stretch: number, width: number): number[] {
  const places: number[] = [];
  for (let n = Math.floor(first / stretch); n * stretch <= last; n++) {
    places.push(n * stretch + Math.floor(scattered(n) * (stretch - width + 1)));
  }
  return places;
}

/** From [0, 1), without a pattern that jobs could follow. */
function scattered(n: number): number {
  let x = Math.imul(n + 1, 0x9e3779b1);
  x = Math.imul(x ^ (x >>> 15), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32;
}
