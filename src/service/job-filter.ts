import { type StoredJob, stateOf } from "../core/job.js";
import type { JobFilter } from "../store/store.js";

/** Whether a job is one that the filter means: what the store's `list` decides, asked again where a write follows. */
export function matchesJob(filter: JobFilter, job: StoredJob): boolean {
  const { slugs, slugPrefix, kinds, states, labels, dueAfter, dueBefore } = filter;
  if (slugs && slugs.length > 0 && !slugs.includes(job.slug)) return false;
  if (slugPrefix && !job.slug.startsWith(slugPrefix)) return false;
  if (kinds && kinds.length > 0 && !kinds.includes(job.kind)) return false;
  if (states && states.length > 0 && !states.includes(stateOf(job))) return false;
  for (const key in labels) if (job.labels[key] !== labels[key]) return false;
  if (dueAfter && !(job.at && job.at >= dueAfter)) return false;
  return !dueBefore || (job.at !== undefined && job.at < dueBefore);
}

/** An empty filter matches everything. */
export function isEmptyFilter(filter: JobFilter): boolean {
  return Object.values(filter).every((part) => part === undefined || isNothing(part));
}

function isNothing(part: unknown): boolean {
  if (part instanceof Date) return false;
  return part === "" || (typeof part === "object" && part !== null && Object.keys(part).length === 0);
}
