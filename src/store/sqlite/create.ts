import type { StoredJob } from "../../core/job.js";
import type { CreateResult, NewJob } from "../store.js";
import type { Context } from "./context.js";
import { insertJobs, readJob } from "./jobs.js";
import { rounds } from "./rounds.js";
import { hasRunOfCall } from "./runs.js";

const TAKEN = "SELECT s.slug FROM json_each(?) k CROSS JOIN job_state s ON s.slug = k.value";

/** `Store.create`, inside a transaction: what is free at the look is free at the insert. */
export function createJobs(context: Context, items: readonly NewJob[]): CreateResult[] {
  const results: CreateResult[] = new Array(items.length);
  for (const round of rounds(items, ({ job }) => job.slug)) {
    const slugs = JSON.stringify(round.map(({ item }) => item.job.slug));
    const taken = new Set(context.db.all(TAKEN, [slugs]).map(([slug]) => slug));
    const free: StoredJob[] = [];
    for (const { item, at } of round) {
      const answer = taken.has(item.job.slug) ? overTaken(context, item) : madeBefore(context, item);
      if (!answer) free.push(item.job);
      results[at] = answer ?? { status: "created" };
    }
    insertJobs(context, free);
  }
  return results;
}

function overTaken(context: Context, item: NewJob): CreateResult {
  const stored = readJob(context, item.job.slug)?.job;
  if (!stored) throw new Error("a job that was just found is gone inside one transaction");
  const { requestId } = item.job;
  if (requestId !== undefined && stored.requestId === requestId) return { status: "repeated", job: stored };
  const made = requestId !== undefined && stored.createId === requestId;
  return (made ? undefined : madeBefore(context, item)) ?? { status: "exists", job: stored };
}

/** The job that the call made has run and gone. */
function madeBefore(context: Context, { job, retry }: NewJob): CreateResult | undefined {
  if (!retry || job.requestId === undefined) return undefined;
  return hasRunOfCall(context, job.slug, job.requestId) ? { status: "repeated" } : undefined;
}
