import type { Filter } from "mongodb";
import type { StoredJob } from "../../core/job.js";
import { endOfPrefix } from "../prefix-range.js";
import type { JobFilter, ListJobsRequest, Page } from "../store.js";
import { jobOf } from "./codec.js";
import type { Context } from "./context.js";
import type { JobDoc } from "./documents.js";
import { page } from "./page.js";
import { STATES } from "./states.js";

const WITHOUT_BLOBS = { payload: 0, lastResult: 0, checkpoint: 0 } as const;

export async function listJobs({ jobs }: Context, request: ListJobsRequest): Promise<Page<StoredJob>> {
  const { filter, after, limit, payloads } = request;
  const docs = await page(jobs, {
    scope: scopeOf(filter, after),
    rest: restOf(filter),
    order: { _id: 1 },
    limit,
    ...(!payloads && { projection: WITHOUT_BLOBS }),
    position: ({ _id }) => _id,
  });
  return { ...docs, items: docs.items.map(jobOf) };
}

/** What an index finds. */
function scopeOf({ slugs, slugPrefix, kinds }: JobFilter, after: string | undefined): Filter<JobDoc> {
  const range: Record<string, unknown> = {};
  const end = slugPrefix ? endOfPrefix(slugPrefix) : undefined;
  if (slugPrefix) range["$gte"] = slugPrefix;
  if (end !== undefined) range["$lt"] = end;
  if (after !== undefined) range["$gt"] = after;
  if (slugs) range["$in"] = [...slugs];
  return { ...(Object.keys(range).length > 0 && { _id: range }), ...(kinds && { kind: { $in: [...kinds] } }) };
}

/** What has to be looked at. */
function restOf({ states, labels, dueAfter, dueBefore }: JobFilter): Filter<JobDoc>[] {
  const rest: Filter<JobDoc>[] = [];
  if (states) rest.push(states.length > 0 ? { $or: states.map((state) => STATES[state]) } : { _id: { $in: [] } });
  for (const [k, v] of Object.entries(labels ?? {})) rest.push({ labels: { $elemMatch: { k, v } } });
  if (dueAfter) rest.push({ at: { $gte: dueAfter } });
  if (dueBefore) rest.push({ at: { $lt: dueBefore } });
  return rest;
}
