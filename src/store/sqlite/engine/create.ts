import type { CreateAnswer, CreateItem, JobWrite } from "../wire.js";
import type { Context } from "./context.js";
import { insertJobs, readJob } from "./jobs.js";
import { rounds } from "./rounds.js";
import { hasRunOfCall } from "./runs.js";

const TAKEN = "SELECT s.slug FROM json_each(?) k CROSS JOIN job_state s ON s.slug = k.value";

/** What is free at the look is free at the insert: nobody else writes in between. */
export function createJobs(context: Context, items: readonly CreateItem[]): CreateAnswer[] {
  const answers: CreateAnswer[] = new Array(items.length);
  for (const round of rounds(items, ({ job }) => job.slug)) {
    const slugs = JSON.stringify(round.map(({ item }) => item.job.slug));
    const taken = new Set(context.db.all(TAKEN, [slugs]).map(([slug]) => slug));
    const free: JobWrite[] = [];
    for (const { item, at } of round) {
      const answer = taken.has(item.job.slug) ? overTaken(context, item) : madeBefore(context, item);
      answers[at] = answer;
      if (!answer) free.push(item.job);
    }
    insertJobs(context, free);
  }
  return answers;
}

const CALLS = `SELECT json_extract(j.definition, '$.requestId', '$.createId')
  FROM job_state s CROSS JOIN jobs j ON j.id = s.id WHERE s.slug = ?`;

function overTaken(context: Context, item: CreateItem): CreateAnswer {
  const { slug } = item.job;
  const stored = readJob(context, slug);
  if (!stored) throw new Error("a job that was just found is gone inside one transaction");
  const [newest, created] = JSON.parse(context.db.get(CALLS, [slug])?.[0] as string) as (string | null)[];
  if (item.requestId !== null && item.requestId === newest) return ["repeated", stored];
  const before = item.requestId === created ? undefined : madeBefore(context, item);
  return before ?? ["exists", stored];
}

/** The job that the call made has run and gone. */
function madeBefore(context: Context, { job, requestId, retry }: CreateItem): CreateAnswer {
  if (!retry || requestId === null) return undefined;
  return hasRunOfCall(context, job.slug, requestId) ? ["repeated", null] : undefined;
}
