import type { CreateResult, NewJob } from "../store.js";
import { jobDoc, jobOf } from "./codec.js";
import { COMMAND_MS, type Context } from "./context.js";
import type { JobDoc } from "./documents.js";
import { duplicatesOf, insist, Patience } from "./failure.js";

/** One insert for all of them. */
export async function create(context: Context, items: readonly NewJob[]): Promise<CreateResult[]> {
  const ran = await callsThatRan(context, items);
  const created = new Set<NewJob>();
  const taken = new Map<NewJob, JobDoc>();
  // Once more for a slug that was taken when it was to be written, and free when its job was to be read.
  for (let open = items.filter((item) => !ran.has(item)); open.length > 0; ) {
    for (const item of await insert(context, open)) created.add(item);
    const refused = open.filter((item) => !created.has(item));
    const stored = await read(context, refused);
    open = [];
    for (const item of refused) {
      const found = stored.get(item.job.slug);
      if (!found) open.push(item);
      else if (found.uid === item.job.uid) created.add(item);
      else taken.set(item, found);
    }
  }
  context.waker.due([...created].flatMap(({ job }) => (job.due ? [job.kind] : [])));
  return items.map((item) => {
    const found = taken.get(item);
    if (!found) return { status: created.has(item) ? "created" : "repeated" };
    const { requestId } = item.job;
    const same = requestId !== undefined && found.requestId === requestId;
    return { status: same ? "repeated" : "exists", job: jobOf(found) };
  });
}

/** Answers those that are new. Where the answer is lost they are inserted again, but for those that have run meanwhile. */
async function insert({ jobs, runs }: Context, items: readonly NewJob[]): Promise<NewJob[]> {
  const created: NewJob[] = [];
  let open = items;
  for (const patience = new Patience(); ; ) {
    try {
      const refused = await jobs
        .insertMany(
          open.map(({ job }) => jobDoc(job)),
          { ordered: false, maxTimeMS: COMMAND_MS },
        )
        .then(() => new Set<number>(), duplicatesOf);
      return [...created, ...open.filter((_, n) => !refused.has(n))];
    } catch (error) {
      await patience.after(error);
    }
    const filter = {
      slug: { $in: open.map(({ job }) => job.slug) },
      jobUid: { $in: open.map(({ job }) => job.uid) },
    };
    const ended = await insist(() => runs.find(filter, { projection: { jobUid: 1 }, maxTimeMS: COMMAND_MS }).toArray());
    const uids = new Set(ended.map(({ jobUid }) => jobUid));
    created.push(...open.filter(({ job }) => uids.has(job.uid)));
    open = open.filter(({ job }) => !uids.has(job.uid));
    if (open.length === 0) return created;
  }
}

async function read({ jobs }: Context, items: readonly NewJob[]): Promise<Map<string, JobDoc>> {
  if (items.length === 0) return new Map();
  const slugs = [...new Set(items.map(({ job }) => job.slug))];
  const docs = await insist(() => jobs.find({ _id: { $in: slugs } }, { maxTimeMS: COMMAND_MS }).toArray());
  return new Map(docs.map((doc) => [doc._id, doc]));
}

/** Of tries after a first: those whose job was made by it, has run, and is not there any more. */
async function callsThatRan({ jobs, runs }: Context, items: readonly NewJob[]): Promise<Set<NewJob>> {
  const retries = items.filter(({ job, retry }) => retry && job.requestId !== undefined);
  if (retries.length === 0) return new Set();
  const slugs = [...new Set(retries.map(({ job }) => job.slug))];
  const calls = retries.map(({ job }) => job.requestId as string);
  const [stored, ended] = await insist(() =>
    Promise.all([
      jobs
        .find({ _id: { $in: slugs } }, { projection: { createId: 1, requestId: 1 }, maxTimeMS: COMMAND_MS })
        .toArray(),
      runs
        .find(
          { slug: { $in: slugs }, createId: { $in: calls } },
          { projection: { slug: 1, createId: 1 }, maxTimeMS: COMMAND_MS },
        )
        .toArray(),
    ]),
  );
  const here = new Map(stored.map((doc) => [doc._id, doc]));
  const ran = new Set(ended.map(({ slug, createId }) => `${createId} ${slug}`));
  return new Set(
    retries.filter(({ job: { slug, requestId } }) => {
      const found = here.get(slug);
      if (found && (found.requestId === requestId || found.createId === requestId)) return false;
      return ran.has(`${requestId} ${slug}`);
    }),
  );
}
