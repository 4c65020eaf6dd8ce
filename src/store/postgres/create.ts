import type { StoredJob } from "../../core/job.js";
import { isFresh } from "../fresh.js";
import { rounds } from "../rounds.js";
import type { CreateResult, NewJob } from "../store.js";
import { arrays, type Columns, FRESH, names, table, WHOLE } from "./columns.js";
import type { Context } from "./context.js";
import { STATEMENT_MS } from "./database.js";
import { inTime } from "./database-clock.js";
import { insist } from "./failure.js";
import { freshCells, type ReadJob, wholeCells } from "./job-row.js";
import { readJobs } from "./jobs.js";
import { placesWithFact } from "./runs.js";

/**
 * In the order of the slugs: two that insert the same ones wait for each other, and not in a circle. In time: a job that was
 * made by another try of its call, has run and is gone must not be made again.
 */
const insertInto = (columns: Columns) => `INSERT INTO @jobs (${names(columns)})
  SELECT ${names(columns)} FROM ${table("w", columns)} WHERE ${inTime(columns.length + 1)}
  ORDER BY slug COLLATE "C" ON CONFLICT (slug) DO NOTHING RETURNING slug`;

const INSERT_FRESH = insertInto(FRESH);
export const INSERT_WHOLE = insertInto(WHOLE);

export async function create(context: Context, items: readonly NewJob[]): Promise<CreateResult[]> {
  const results: CreateResult[] = new Array(items.length);
  for (const round of rounds(items, ({ job }) => job.slug)) {
    const answers = await createRound(
      context,
      round.map(({ item }) => item),
    );
    for (const [n, { at }] of round.entries()) results[at] = answers[n] as CreateResult;
  }
  context.waker.due(items.flatMap(({ job }, n) => (results[n]?.status === "created" && job.due ? [job.kind] : [])));
  return results;
}

/** No slug is in it twice. */
async function createRound(context: Context, items: readonly NewJob[]): Promise<CreateResult[]> {
  const ran = await callsThatRan(context, items);
  const created = new Set<NewJob>();
  const taken = new Map<NewJob, ReadJob>();
  // Once more for a slug that was taken when it was to be written, and free when its job was to be read.
  for (let open = items.filter((item) => !ran.has(item)); open.length > 0; ) {
    for (const item of await insert(context, open)) created.add(item);
    const refused = open.filter((item) => !created.has(item));
    const stored = await readJobs(
      context,
      refused.map(({ job }) => job.slug),
    );
    open = [];
    for (const item of refused) {
      const found = stored.get(item.job.slug);
      if (!found) open.push(item);
      else if (found.job.uid === item.job.uid) created.add(item);
      else taken.set(item, found);
    }
  }
  return items.map((item) => {
    const found = taken.get(item);
    if (!found) return { status: created.has(item) ? "created" : "repeated" };
    const { requestId } = item.job;
    const same = requestId !== undefined && found.job.requestId === requestId;
    return { status: same ? "repeated" : "exists", job: found.job };
  });
}

/** Answers those that are new. Where the answer is lost they are inserted again, but for those that are there or have run. */
async function insert(context: Context, items: readonly NewJob[]): Promise<NewJob[]> {
  const created: NewJob[] = [];
  let open = items;
  await insist(STATEMENT_MS, async (again) => {
    if (again) {
      const done = await madeByThis(context, open);
      created.push(...done);
      open = open.filter((item) => !done.has(item));
    }
    const [fresh, whole] = [open.filter(({ job }) => isFresh(job)), open.filter(({ job }) => !isFresh(job))];
    for (const [some, sql, columns, cells] of [
      [fresh, INSERT_FRESH, FRESH, freshCells],
      [whole, INSERT_WHOLE, WHOLE, (job: StoredJob) => wholeCells(job, null)],
    ] as const) {
      if (some.length === 0) continue;
      const values = arrays(
        columns,
        some.map(({ job }) => cells(job)),
      );
      const slugs = new Set((await context.db.timely(sql, values)).map(([slug]) => slug));
      created.push(...some.filter(({ job }) => slugs.has(job.slug)));
      open = open.filter((item) => !some.includes(item));
    }
  });
  return created;
}

/** Those whose job is there, or was and has run: a try of this call made it. */
async function madeByThis(context: Context, items: readonly NewJob[]): Promise<Set<NewJob>> {
  const jobs = items.map(({ job }) => job);
  const stored = await readJobs(
    context,
    jobs.map(({ slug }) => slug),
  );
  const asked = jobs.map(({ slug, uid }) => ({ slug, name: "jobUid" as const, value: uid }));
  const ran = await placesWithFact(context, asked);
  return new Set(items.filter(({ job }, n) => ran.has(n) || stored.get(job.slug)?.job.uid === job.uid));
}

/** Of tries after a first: those whose job was made by it, has run, and is not there any more. */
async function callsThatRan(context: Context, items: readonly NewJob[]): Promise<Set<NewJob>> {
  const retries = items.filter(({ job, retry }) => retry && job.requestId !== undefined);
  if (retries.length === 0) return new Set();
  const stored = await readJobs(
    context,
    retries.map(({ job }) => job.slug),
  );
  const asked = retries.map(({ job }) => {
    return { slug: job.slug, name: "createId" as const, value: job.requestId as string };
  });
  const ran = await placesWithFact(context, asked);
  return new Set(
    retries.filter(({ job: { slug, requestId } }, n) => {
      const found = stored.get(slug)?.job;
      if (found && (found.requestId === requestId || found.createId === requestId)) return false;
      return ran.has(n);
    }),
  );
}
