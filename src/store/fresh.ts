import type { StoredJob } from "../core/job.js";

/** It waits for its first run, so its other columns have their defaults: nearly every job that is created, in half the values. */
export function isFresh(job: StoredJob): boolean {
  if (job.lock || job.pause || job.dead || job.expireAt || job.attempt > 0 || job.failures > 0) return false;
  return !(job.last || job.progress || job.lastResult || job.checkpoint);
}
