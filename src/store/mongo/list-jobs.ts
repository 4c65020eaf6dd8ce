import type { Filter } from "mongodb";
import type { StoredJob } from "../../core/job.js";
import { chunks } from "../chunks.js";
import { endOfPrefix } from "../prefix-range.js";
import { type RareState, rareParts } from "../rare.js";
import type { JobFilter, ListJobsRequest, Page } from "../store.js";
import { jobOf } from "./codec.js";
import { COMMAND_MS, type Context, LOOK_LIMIT } from "./context.js";
import type { JobDoc } from "./documents.js";
import { mergePages } from "./merge-pages.js";
import { page } from "./page.js";
import { STATE_INDEXES, STATES } from "./states.js";

const WITHOUT_BLOBS = { payload: 0, lastResult: 0, checkpoint: 0 } as const;

/** MongoDB merges so many scans of an index in the order of the slugs, and sorts what more of them find. */
const SCANS_MERGED = 200;
/** With more kinds than this a list goes by slug alone. */
const KINDS_SEARCHED = 1_000;

/** A part of what can match, and the index that finds it. */
interface Source {
  readonly scope: Filter<JobDoc>;
  readonly hint?: string;
}

/** From the indexes that hold little else than what can match, where there are such; else by slug, or by kind and slug. */
export async function listJobs(context: Context, request: ListJobsRequest): Promise<Page<StoredJob>> {
  const { filter, after, limit, payloads } = request;
  const range = rangeOf(filter, after);
  const rest = restOf(filter);
  const sources = (await rareSources(context, filter)) ?? [{ scope: ofKinds(filter.kinds) }];
  const pages = await Promise.all(
    sources.map(({ scope, hint }) =>
      page(context.jobs, {
        scope: { ...scope, ...range },
        rest,
        order: { _id: 1 },
        limit,
        position: ({ _id }) => _id,
        ...(hint !== undefined && { hint }),
        ...(!payloads && { projection: WITHOUT_BLOBS }),
      }),
    ),
  );
  return mergePages(
    pages.map((one) => ({ ...one, items: one.items.map(jobOf) })),
    limit,
  );
}

/** Undefined: what can match is many, or no index has it apart. */
async function rareSources(context: Context, filter: JobFilter): Promise<Source[] | undefined> {
  const parts = rareParts(filter);
  if (!parts) return undefined;
  const kinds = filter.kinds ?? (await kindsWithJobs(context));
  if (kinds.length > KINDS_SEARCHED) return undefined;
  const sources: Source[] = [];
  if (parts.due) {
    const due = dueScope(filter, kinds);
    if ((await countUpTo(context, due, "claim")) > LOOK_LIMIT) return undefined;
    sources.push({ scope: due, hint: "claim" });
  }
  for (const state of parts.states) sources.push(...(await stateSources(context, state, filter, kinds)));
  return sources;
}

async function stateSources(
  context: Context,
  state: RareState,
  filter: JobFilter,
  kinds: readonly string[],
): Promise<Source[]> {
  const { name, partial } = STATE_INDEXES[state];
  if (state !== "running") {
    return chunks(kinds, SCANS_MERGED).map((some) => ({ scope: { ...ofKinds(some), ...partial }, hint: name }));
  }
  const leases = await context.jobs.distinct("lock.lease", partial, { maxTimeMS: COMMAND_MS });
  return chunks(
    leases.filter((lease) => typeof lease === "string"),
    SCANS_MERGED,
  ).map((some) => ({
    scope: { "lock.lease": { $in: [...some] }, ...ofKinds(filter.kinds) },
    hint: name,
  }));
}

/** From one to the next in an index, so that the cost is in the kinds and not in the jobs. */
export async function kindsWithJobs({ jobs }: Context): Promise<string[]> {
  const names: unknown[] = await jobs.distinct("kind", {}, { maxTimeMS: COMMAND_MS });
  return names.filter((name) => typeof name === "string");
}

function dueScope({ dueAfter, dueBefore }: JobFilter, kinds: readonly string[]): Filter<JobDoc> {
  const due = { $gte: dueAfter ?? new Date(0), ...(dueBefore && { $lt: dueBefore }) };
  return { ...ofKinds(kinds), priority: { $in: [0, 1, 2, 3] }, due };
}

async function countUpTo({ jobs }: Context, scope: Filter<JobDoc>, hint: string): Promise<number> {
  return await jobs.countDocuments(scope, { limit: LOOK_LIMIT + 1, hint, maxTimeMS: COMMAND_MS });
}

function ofKinds(kinds: readonly string[] | undefined): Filter<JobDoc> {
  return kinds ? { kind: { $in: [...kinds] } } : {};
}

function rangeOf({ slugs, slugPrefix }: JobFilter, after: string | undefined): Filter<JobDoc> {
  const range: Record<string, unknown> = {};
  const end = slugPrefix ? endOfPrefix(slugPrefix) : undefined;
  if (slugPrefix) range["$gte"] = slugPrefix;
  if (end !== undefined) range["$lt"] = end;
  if (after !== undefined) range["$gt"] = after;
  if (slugs) range["$in"] = [...slugs];
  return Object.keys(range).length > 0 ? { _id: range } : {};
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
