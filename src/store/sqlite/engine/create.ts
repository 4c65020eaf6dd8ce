import { rounds } from "../../rounds.js";
import type { CreateAnswer, CreateCall } from "../wire.js";
import type { Context } from "./context.js";
import { insertJobs, readJob } from "./jobs.js";
import { hasRunOfCall } from "./runs.js";

const TAKEN = "SELECT s.slug FROM json_each(?) k CROSS JOIN job_state s ON s.slug = k.value";

/** What is free at the look is free at the insert: nobody else writes in between. */
export function createJobs(context: Context, call: CreateCall): CreateAnswer {
  const answers: CreateAnswer[number][] = [];
  const retries = new Set(call.retries);
  for (const round of rounds(call.jobs.slugs, (slug) => slug)) {
    const slugs = JSON.stringify(round.map(({ item }) => item));
    const taken = new Set(context.db.all(TAKEN, [slugs]).map(([slug]) => slug));
    const free: number[] = [];
    for (const { item: slug, at } of round) {
      const asked = { slug, requestId: call.requestIds[at] ?? null, retry: retries.has(at) };
      const answer = taken.has(slug) ? overTaken(context, asked) : madeBefore(context, asked);
      if (answer) answers.push([at, ...answer]);
      else free.push(at);
    }
    insertJobs(context, call.jobs, free);
  }
  return answers;
}

interface Asked {
  readonly slug: string;
  readonly requestId: string | null;
  readonly retry: boolean;
}

type Found = CreateAnswer[number] extends readonly [number, ...infer Rest] ? Rest : never;

const CALLS = `SELECT json_extract(j.definition, '$.requestId', '$.createId')
  FROM job_state s CROSS JOIN jobs j ON j.id = s.id WHERE s.slug = ?`;

function overTaken(context: Context, asked: Asked): Found {
  const { slug, requestId } = asked;
  const stored = readJob(context, slug);
  if (!stored) throw new Error("a job that was just found is gone inside one transaction");
  const [newest, created] = JSON.parse(context.db.get(CALLS, [slug])?.[0] as string) as (string | null)[];
  if (requestId !== null && requestId === newest) return ["repeated", stored];
  const before = requestId === created ? undefined : madeBefore(context, asked);
  return before ?? ["exists", stored];
}

/** The job that the call made has run and gone. */
function madeBefore(context: Context, { slug, requestId, retry }: Asked): Found | undefined {
  if (!retry || requestId === null) return undefined;
  return hasRunOfCall(context, slug, requestId) ? ["repeated", null] : undefined;
}
