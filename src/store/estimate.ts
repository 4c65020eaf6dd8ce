import type { JobState } from "../core/job.js";
import { limit } from "../core/limits.js";
import type { KindCounts } from "./store.js";

/** What a look at some of the jobs, drawn evenly from all of them, has found. */
export interface Sample {
  /** How many jobs there are, as far as is known. */
  readonly total: number;
  readonly looked: number;
  /** Jobs found, by `sampleKey`. */
  readonly found: ReadonlyMap<string, number>;
}

export function sampleKey(kind: string, state: JobState): string {
  return `${state} ${kind}`;
}

/** Of each state what was counted: up to one more than `counted_jobs`, which says that there are more. */
export type Counted = Omit<KindCounts, "estimated">;

export function isOver(count: number): boolean {
  return count > limit("counted_jobs");
}

/** Of what may be claimed, what waits for its first attempt; where there is more than is counted, those that retry may be among it or not. */
export function scheduledOf(claimable: number, retrying: number): number {
  // They may be counted a moment apart.
  return isOver(claimable) ? claimable : Math.max(0, claimable - retrying);
}

export function needsSample(counted: readonly Counted[]): boolean {
  return counted.some(({ jobs }) => Object.values(jobs).some(isOver));
}

/** Fills in what is too much to count. */
export function estimated(counted: Counted, sample: Sample | undefined): KindCounts {
  const jobs = Object.fromEntries(
    Object.entries(counted.jobs).map(([state, count]) => {
      return [state, isOver(count) ? estimate(counted.kind, state as JobState, sample) : count];
    }),
  ) as Record<JobState, number>;
  return { ...counted, jobs, estimated: Object.values(counted.jobs).some(isOver) };
}

/** More than what was counted, so that a number tells which it is. With two digits: a sample of some thousands is good for that. */
function estimate(kind: string, state: JobState, sample: Sample | undefined): number {
  const least = limit("counted_jobs") + 1;
  if (!sample || sample.looked === 0) return least;
  const share = (sample.found.get(sampleKey(kind, state)) ?? 0) / sample.looked;
  return Math.max(least, Number((share * sample.total).toPrecision(2)));
}
