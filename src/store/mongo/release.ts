import type { AnyBulkWriteOperation } from "mongodb";
import type { OutcomeSource } from "../../core/job.js";
import { rounds } from "../rounds.js";
import type { ReleaseResult, ReleaseWrite } from "../store.js";
import { newToken } from "../token.js";
import { runDoc, runKey } from "./codec.js";
import { COMMAND_MS, type Context } from "./context.js";
import type { JobDoc, RunDoc } from "./documents.js";
import { duplicatesOf, insist } from "./failure.js";
import { complete, outcomeWrite, takeBackRun } from "./outcome.js";
import { placeAnew } from "./run-places.js";

/**
 * Ends attempts, a batch in two rounds: the runs are inserted while the locks are read, then the jobs are written. The insert
 * is the commit: where a run of the token is there already, that one is applied and nothing else. A run whose lock was not
 * there is taken back.
 *
 * What a server decided closes its lock first, a round more: from then on nobody adopts the task, and where the lock is another
 * server's by now, nothing is written.
 */
export async function release(context: Context, writes: readonly ReleaseWrite[]): Promise<ReleaseResult[]> {
  const results: ReleaseResult[] = new Array(writes.length);
  for (const round of rounds(writes, ({ slug }) => slug)) {
    const closed = await close(
      context,
      round.map(({ item }) => item),
    );
    const open: Entry[] = [];
    for (const { item, at } of round) {
      const status = closed.get(item) ?? "open";
      if (status === "open") open.push({ write: item, answer: (result) => (results[at] = result) });
      else results[at] = { status };
    }
    if (open.length > 0) await commit(context, open);
  }
  return results;
}

interface Entry {
  readonly write: ReleaseWrite;
  readonly answer: (result: ReleaseResult) => void;
}

const HEAD = { "lock.token": 1, "lock.lease": 1, etag: 1, "last.token": 1, "last.by": 1 } as const;
type Head = Pick<JobDoc, "_id" | "lock" | "etag" | "last">;

async function heads({ jobs }: Context, writes: readonly ReleaseWrite[]): Promise<Map<string, Head>> {
  const options = { projection: HEAD, batchSize: writes.length + 1, maxTimeMS: COMMAND_MS } as const;
  const docs = await insist(() => jobs.find<Head>({ _id: { $in: writes.map(({ slug }) => slug) } }, options).toArray());
  return new Map(docs.map((doc) => [doc._id, doc]));
}

/** Closes the locks of what servers decided. Answers those that are not theirs to end. */
async function close(context: Context, writes: readonly ReleaseWrite[]): Promise<Map<ReleaseWrite, "moved" | "stale">> {
  const decided = writes.filter(({ lease }) => lease !== undefined);
  const refused = new Map<ReleaseWrite, "moved" | "stale">();
  if (decided.length === 0) return refused;
  const operations = decided.map(({ slug, token, lease }) => ({
    updateOne: {
      filter: { _id: slug, "lock.token": token, "lock.lease": lease as string },
      update: { $set: { "lock.closed": true as const } },
    },
  }));
  const { matchedCount } = await insist(() =>
    context.jobs.bulkWrite(operations, { ordered: false, maxTimeMS: COMMAND_MS }),
  );
  if (matchedCount === decided.length) return refused;
  const found = await heads(context, decided);
  for (const write of decided) {
    const lock = found.get(write.slug)?.lock;
    if (lock?.token !== write.token) refused.set(write, "stale");
    else if (lock.lease !== write.lease) refused.set(write, "moved");
  }
  return refused;
}

async function commit(context: Context, entries: readonly Entry[]): Promise<void> {
  const put = newToken();
  const [others, found] = await Promise.all([
    insertRuns(context, entries, put),
    heads(
      context,
      entries.map(({ write }) => write),
    ),
  ]);
  const plain: Entry[] = [];
  const rest: Promise<void>[] = [];
  for (const entry of entries) {
    const { slug, token, etag } = entry.write;
    const head = found.get(slug);
    const stored = others.get(runKey(token, slug));
    const held = head?.lock?.token === token;
    if (held && !stored && head.etag === etag) plain.push(entry);
    else if (held) rest.push(completeOne(context, entry, put));
    else if (stored) entry.answer({ status: told(entry.write, stored.by) });
    else rest.push(takeBack(context, entry, put, head));
  }
  if (plain.length > 0) rest.push(apply(context, plain, put));
  await Promise.all(rest);
}

/** Inserts a run for each. Answers those that were there already, of somebody else's hand. */
async function insertRuns(
  context: Context,
  entries: readonly Entry[],
  put: string,
): Promise<Map<string, Pick<RunDoc, "_id" | "by">>> {
  const { runs, position } = context;
  const docs = entries.map(({ write }) =>
    runDoc({ ...write.run, slug: write.slug, token: write.token }, position(), put),
  );
  const others = await insist(async () => {
    const refused = await runs
      .insertMany(docs, { ordered: false, maxTimeMS: COMMAND_MS })
      .then(() => new Set<number>(), duplicatesOf);
    if (refused.size === 0) return new Map();
    const ids = [...refused].map((n) => docs[n]?._id ?? "");
    // What an earlier try of this call has inserted is its own.
    const filter = { _id: { $in: ids }, put: { $ne: put } };
    const options = { projection: { by: 1 }, batchSize: ids.length + 1, maxTimeMS: COMMAND_MS } as const;
    const stored = await runs.find<Pick<RunDoc, "_id" | "by">>(filter, options).toArray();
    return new Map(stored.map((doc) => [doc._id, doc]));
  });
  await placeAnew(
    context,
    docs.filter(({ _id }) => !others.has(_id)),
  );
  return others;
}

/** Writes the jobs of runs that were inserted here. Whatever did not match was written by a caller meanwhile, or completed. */
async function apply(context: Context, entries: readonly Entry[], put: string): Promise<void> {
  const updatedAt = context.time.about();
  // Of one batch the driver sends updates and deletes one after the other; two batches go out together.
  const written = await insist(() =>
    Promise.all(
      ["put", "delete"].map((type) => {
        const some = entries.filter(({ write }) => write.settled.type === type);
        return writeAll(
          context,
          some.map(({ write }) => outcomeWrite(write, updatedAt)),
        );
      }),
    ),
  );
  if (written.reduce((sum, count) => sum + count, 0) === entries.length) {
    for (const { answer } of entries) answer({ status: "recorded" });
    return;
  }
  const found = await heads(
    context,
    entries.map(({ write }) => write),
  );
  await Promise.all(
    entries.map(async (entry) => {
      const { slug, token } = entry.write;
      // Its run is stored: that the lock is gone says that it was applied, by whomever.
      if (found.get(slug)?.lock?.token !== token) entry.answer({ status: "recorded" });
      else await completeOne(context, entry, put);
    }),
  );
}

/** How many matched. */
async function writeAll({ jobs }: Context, operations: readonly AnyBulkWriteOperation<JobDoc>[]): Promise<number> {
  if (operations.length === 0) return 0;
  const options = { ordered: false, maxTimeMS: COMMAND_MS } as const;
  const { matchedCount, deletedCount } = await jobs.bulkWrite(operations, options);
  return matchedCount + deletedCount;
}

async function completeOne(context: Context, { write, answer }: Entry, own: string): Promise<void> {
  const stored = await complete(context, write.slug, write.token);
  // A caller's, who has taken it back: its job was another by then, and this outcome's place is free again.
  if (!stored) return await commit(context, [{ write, answer }]);
  const { run, put, settled } = stored;
  const status = put === own ? "recorded" : told(write, run.by);
  answer(settled ? { status, completed: { run, settled } } : { status });
}

/** The lock was not there: the run that was inserted for it goes again, but where somebody has applied it by now. */
async function takeBack(
  context: Context,
  { write, answer }: Entry,
  put: string,
  head: Head | undefined,
): Promise<void> {
  if (!(await takeBackRun(context, runKey(write.token, write.slug), put))) return answer({ status: "recorded" });
  answer({ status: head?.last?.token === write.token ? told(write, head.last.by) : "stale" });
}

/** Of an outcome that somebody else has stored: a worker hears "recorded" where it was a worker's. */
function told({ run }: ReleaseWrite, by: OutcomeSource): "recorded" | "stale" {
  return by === "worker" && run.by === "worker" ? "recorded" : "stale";
}
