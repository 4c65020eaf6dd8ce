import type { StoredJob } from "../../core/job.js";
import type { Held } from "../store.js";
import { newToken } from "../token.js";
import { jobOf, runKey } from "./codec.js";
import { COMMAND_MS, type Context } from "./context.js";
import { insist } from "./failure.js";
import { complete } from "./outcome.js";

/** Moves the locks in one round, and reads what was moved in a second. A task whose outcome is stored is completed instead. */
export async function adopt(
  context: Context,
  held: readonly Held[],
  lease: string,
  stream: number,
): Promise<(StoredJob | undefined)[]> {
  if (held.length === 0) return [];
  const { jobs, runs, time } = context;
  const updatedAt = time.about();
  const mark = newToken();
  const operations = held.map(({ slug, token }) => ({
    updateOne: {
      filter: {
        _id: slug,
        "lock.token": token,
        "lock.closed": { $exists: false },
        $or: [{ "lock.stream": { $exists: false } }, { "lock.stream": { $lt: stream } }],
      },
      update: {
        $set: { "lock.lease": lease, "lock.stream": stream, "lock.mark": mark, updatedAt },
        $inc: { rev: 1 },
      },
    },
  }));
  await insist(() => jobs.bulkWrite(operations, { ordered: false, maxTimeMS: COMMAND_MS }));
  const moved = { _id: { $in: held.map(({ slug }) => slug) }, "lock.lease": lease, "lock.mark": mark };
  const ended = { _id: { $in: held.map(({ slug, token }) => runKey(token, slug)) } };
  const [docs, outcomes] = await insist(() =>
    Promise.all([
      jobs.find(moved, { batchSize: held.length + 1, maxTimeMS: COMMAND_MS }).toArray(),
      runs.find(ended, { projection: { _id: 1 }, batchSize: held.length + 1, maxTimeMS: COMMAND_MS }).toArray(),
    ]),
  );
  const stored = new Set(outcomes.map(({ _id }) => _id));
  const found = new Map(docs.map((doc) => [doc._id, doc]));
  return await Promise.all(
    held.map(async ({ slug, token }) => {
      if (stored.has(runKey(token, slug)) && (await complete(context, slug, token))) return undefined;
      const doc = found.get(slug);
      return doc?.lock?.token === token ? jobOf(doc) : undefined;
    }),
  );
}

/** In one round, and a second that reads which they were. */
export async function move(
  { jobs, time }: Context,
  held: readonly Held[],
  from: string,
  to: string,
): Promise<string[]> {
  if (held.length === 0) return [];
  const updatedAt = time.about();
  const mark = newToken();
  const operations = held.map(({ slug, token }) => ({
    updateOne: {
      filter: { _id: slug, "lock.token": token, "lock.lease": from },
      update: { $set: { "lock.lease": to, "lock.mark": mark, updatedAt }, $inc: { rev: 1 } },
    },
  }));
  await insist(() => jobs.bulkWrite(operations, { ordered: false, maxTimeMS: COMMAND_MS }));
  const filter = { _id: { $in: held.map(({ slug }) => slug) }, "lock.lease": to, "lock.mark": mark };
  const options = {
    projection: { _id: 0, "lock.token": 1 },
    batchSize: held.length + 1,
    maxTimeMS: COMMAND_MS,
  } as const;
  const docs = await insist(() => jobs.find(filter, options).toArray());
  const moved = new Set(docs.map((doc) => doc.lock?.token));
  return held.flatMap(({ token }) => (moved.has(token) ? [token] : []));
}

/** The locks are read before the leases: one that was opened in between then counts as live. */
export async function orphans(
  { jobs, leaseViews: leases }: Context,
  after: string | undefined,
  limit: number,
): Promise<StoredJob[]> {
  const named = await jobs.distinct("lock.lease", { "lock.lease": { $exists: true } }, { maxTimeMS: COMMAND_MS });
  if (named.length === 0) return [];
  const filter = { _id: { $in: named }, state: "live" } as const;
  const live = await leases.find(filter, { projection: { _id: 1 }, maxTimeMS: COMMAND_MS }).toArray();
  const known = new Set(live.map(({ _id }) => _id));
  const dead = named.filter((id): id is string => typeof id === "string" && !known.has(id));
  if (dead.length === 0) return [];
  const found = await jobs
    .find(
      { "lock.lease": { $in: dead }, ...(after !== undefined && { _id: { $gt: after } }) },
      { sort: { _id: 1 }, limit, batchSize: limit, maxTimeMS: COMMAND_MS },
    )
    .toArray();
  return found.map(jobOf);
}
