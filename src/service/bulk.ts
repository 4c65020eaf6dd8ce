import type { Edit } from "../core/edit.js";
import type { StoredJob } from "../core/job.js";
import { limit } from "../core/limits.js";
import type { JobFilter } from "../store/store.js";
import { matchesJob } from "./job-filter.js";
import type { ServiceParts } from "./parts.js";

export interface BulkInput {
  readonly filter: JobFilter;
  /** Count, and change nothing. */
  readonly validateOnly: boolean;
}

export interface BulkAnswer {
  readonly count: number;
  /** Some are left: call again. */
  readonly more: boolean;
}

const BATCH = 500;

/** How many jobs the filter matches, for at most 10 s. */
export async function countAll(parts: ServiceParts, filter: JobFilter, signal: AbortSignal): Promise<BulkAnswer> {
  const began = parts.clock.mono();
  let count = 0;
  let after: string | undefined;
  do {
    if (signal.aborted || parts.clock.mono() - began > limit("bulk_work_ms")) return { count, more: true };
    const request = { filter, limit: BATCH, payloads: false, ...(after !== undefined && { after }) };
    const page = await parts.store.list(request);
    count += page.items.length;
    after = page.next;
  } while (after !== undefined);
  return { count, more: false };
}

/**
 * One change of every job that the filter matches, in batches, for at most 10 s. Each job is asked again whether it matches in
 * the write itself. `done` hears what each batch changed; jobs that come behind the batch meanwhile are not looked at.
 */
export async function changeAll<A>(
  parts: ServiceParts,
  filter: JobFilter,
  signal: AbortSignal,
  change: (job: StoredJob) => Edit<A | undefined>,
  done: (answers: readonly A[]) => void,
): Promise<BulkAnswer> {
  const began = parts.clock.mono();
  let count = 0;
  let after: string | undefined;
  do {
    if (signal.aborted || parts.clock.mono() - began > limit("bulk_work_ms")) return { count, more: true };
    const page = await parts.store.list({
      filter,
      limit: BATCH,
      payloads: false,
      ...(after !== undefined && { after }),
    });
    const slugs = page.items.map((job) => job.slug);
    const answers = await parts.store.edit<A | undefined>(slugs, (job) =>
      job && matchesJob(filter, job) ? change(job) : { answer: undefined },
    );
    const changed = answers.filter((answer) => answer !== undefined);
    if (changed.length > 0) done(changed);
    count += changed.length;
    after = page.next;
  } while (after !== undefined);
  return { count, more: false };
}
