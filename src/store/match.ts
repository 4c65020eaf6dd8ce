import { type StoredJob, stateOf } from "../core/job.js";
import type { Run } from "../core/run.js";
import type { JobFilter, RunFilter } from "./store.js";

/** The filter as a function of one job, for stores that look at documents one by one. */
export function jobMatcher(filter: JobFilter): (job: StoredJob) => boolean {
  const tests: ((job: StoredJob) => boolean)[] = [];
  const { slugPrefix, labels, dueAfter, dueBefore } = filter;
  const slugs = filter.slugs && new Set(filter.slugs);
  const kinds = filter.kinds && new Set(filter.kinds);
  const states = filter.states && new Set(filter.states);
  if (slugs) tests.push((job) => slugs.has(job.slug));
  if (slugPrefix !== undefined) tests.push((job) => job.slug.startsWith(slugPrefix));
  if (kinds) tests.push((job) => kinds.has(job.kind));
  if (states) tests.push((job) => states.has(stateOf(job)));
  for (const [key, value] of Object.entries(labels ?? {})) tests.push((job) => job.labels[key] === value);
  if (dueAfter) tests.push((job) => job.at !== undefined && job.at >= dueAfter);
  if (dueBefore) tests.push((job) => job.at !== undefined && job.at < dueBefore);
  return (job) => tests.every((test) => test(job));
}

/** The filter as a function of one run. Whether it is hidden is not the filter's. */
export function runMatcher(filter: RunFilter): (run: Run) => boolean {
  const tests: ((run: Run) => boolean)[] = [];
  const { slug, endedAfter, endedBefore } = filter;
  const kinds = filter.kinds && new Set(filter.kinds);
  const states = filter.states && new Set(filter.states);
  if (slug !== undefined) tests.push((run) => run.slug === slug);
  if (kinds) tests.push((run) => kinds.has(run.kind));
  if (states) tests.push((run) => states.has(run.state));
  if (endedAfter) tests.push((run) => run.endedAt >= endedAfter);
  if (endedBefore) tests.push((run) => run.endedAt < endedBefore);
  return (run) => tests.every((test) => test(run));
}
