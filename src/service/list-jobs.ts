import type { JobFilter, Page } from "../store/store.js";
import { type JobView, viewsOf } from "./job-view.js";
import { fillPage, LARGE, type PageRequest, SMALL } from "./page.js";
import type { ServiceParts } from "./parts.js";
import { sizeOfJob } from "./sizes.js";

export interface ListJobsInput extends PageRequest {
  readonly filter: JobFilter;
  /** With payloads and last results. */
  readonly full: boolean;
}

/** A page of jobs in the order of their slugs, bytewise. */
export async function listJobs(parts: ServiceParts, input: ListJobsInput): Promise<Page<JobView>> {
  const { filter, full } = input;
  const page = await fillPage(
    (after, limit) => parts.store.list({ filter, limit, payloads: full, ...(after !== undefined && { after }) }),
    sizeOfJob,
    input,
    full ? LARGE : SMALL,
  );
  return { items: await viewsOf(parts, page.items), ...(page.next !== undefined && { next: page.next }) };
}

/** Every slug that matches, in order, in batches of at most 1,000. What is created or deleted meanwhile may or may not be among them. */
export async function* listJobSlugs(parts: ServiceParts, filter: JobFilter): AsyncGenerator<readonly string[]> {
  let after: string | undefined;
  do {
    const page = await parts.store.list({
      filter,
      limit: 1_000,
      payloads: false,
      ...(after !== undefined && { after }),
    });
    if (page.items.length > 0) yield page.items.map((job) => job.slug);
    after = page.next;
  } while (after !== undefined);
}
