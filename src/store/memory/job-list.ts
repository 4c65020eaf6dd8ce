import type { StoredJob } from "../../core/job.js";
import { compareBytewise } from "../bytewise.js";
import { jobMatcher } from "../match.js";
import { rareParts } from "../rare.js";
import type { JobFilter, ListJobsRequest, Page } from "../store.js";
import { withoutBlobs } from "./documents.js";
import type { Jobs } from "./jobs.js";
import { lowerBound } from "./slug-order.js";

/** A page looks at so many jobs at most, and is short where the filter let few of them through. */
const LOOK_LIMIT = 10_000;

/** One page of the jobs that match, in the order of their slugs. */
export function listJobs(jobs: Jobs, { filter, after, limit, payloads }: ListJobsRequest): Page<StoredJob> {
  const some = filter.slugs ? new Set(filter.slugs) : fewSlugs(jobs, filter);
  const slugs = some ? [...some].sort(compareBytewise) : jobs.slugs();
  const prefix = filter.slugPrefix ?? "";
  const matches = jobMatcher(filter);
  const items: StoredJob[] = [];
  const from = Math.max(lowerBound(slugs, prefix), after === undefined ? 0 : lowerBound(slugs, `${after}\0`));
  for (let i = from; i < slugs.length; i++) {
    const slug = slugs[i] as string;
    if (!slug.startsWith(prefix)) break;
    const job = jobs.get(slug);
    if (job && matches(job)) items.push(payloads ? job : withoutBlobs(job));
    const isLast = i === slugs.length - 1;
    if (!isLast && (items.length === limit || i - from + 1 === LOOK_LIMIT)) return { items, next: slug };
  }
  return { items };
}

/** Slugs among which all that match are. Undefined: those are many. */
function fewSlugs(jobs: Jobs, filter: JobFilter): Set<string> | undefined {
  const parts = rareParts(filter);
  if (!parts || parts.due) return undefined;
  const slugs = new Set<string>();
  for (const kind of filter.kinds ?? jobs.tally().kinds()) {
    for (const state of parts.states) {
      for (const some of jobs.inState(kind, state)) {
        if (slugs.size + some.size > LOOK_LIMIT) return undefined;
        for (const slug of some) slugs.add(slug);
      }
    }
  }
  return slugs;
}
