import { type JobState, type StoredJob, stateOf } from "../../../src/core/job.js";
import type { KindCounts } from "../../../src/store/store.js";

export const NO_JOBS: Readonly<Record<JobState, number>> = {
  scheduled: 0,
  running: 0,
  retrying: 0,
  paused: 0,
  dead: 0,
  completed: 0,
};

/** What the documents say, one by one. */
export function countsOf(jobs: Iterable<StoredJob>, kind: string): KindCounts {
  const states = { ...NO_JOBS };
  const dues: number[] = [];
  for (const job of jobs) {
    if (job.kind !== kind) continue;
    states[stateOf(job)]++;
    if (job.due) dues.push(job.due.getTime());
  }
  return { kind, jobs: states, estimated: false, ...(dues.length > 0 && { oldestDue: new Date(Math.min(...dues)) }) };
}
