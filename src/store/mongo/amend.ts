import type { AnyBulkWriteOperation } from "mongodb";
import { rounds } from "../rounds.js";
import type { AmendResult, AmendWrite } from "../store.js";
import { newToken } from "../token.js";
import { jobOf } from "./codec.js";
import { COMMAND_MS, type Context } from "./context.js";
import type { JobDoc } from "./documents.js";
import { insist } from "./failure.js";
import { factsUpdate, standingUpdate } from "./standing.js";

/** All that match in one round; where some did not, a second one reads why. */
export async function amend(context: Context, writes: readonly AmendWrite[]): Promise<AmendResult[]> {
  const results: AmendResult[] = new Array(writes.length);
  for (const round of rounds(writes, ({ slug }) => slug)) {
    const answers = await amendOnce(
      context,
      round.map(({ item }) => item),
    );
    for (const [n, { at }] of round.entries()) results[at] = answers[n] as AmendResult;
  }
  return results;
}

async function amendOnce({ jobs, time }: Context, writes: readonly AmendWrite[]): Promise<AmendResult[]> {
  const mark = newToken();
  const updatedAt = time.about();
  const operations = writes.map((write) => operation(write, updatedAt, mark));
  const { matchedCount, deletedCount } = await insist(() =>
    jobs.bulkWrite(operations, { ordered: false, maxTimeMS: COMMAND_MS }),
  );
  if (matchedCount + deletedCount === writes.length) return writes.map(() => ({ status: "recorded" }));
  const slugs = writes.map(({ slug }) => slug);
  const docs = await insist(() => jobs.find({ _id: { $in: slugs } }, { maxTimeMS: COMMAND_MS }).toArray());
  const found = new Map(docs.map((doc) => [doc._id, doc]));
  return writes.map((write) => resultOf(write, found.get(write.slug), mark));
}

/** `mark` tells a lock that was freed here, by a try whose answer was lost, from one that somebody else has ended. */
function operation(write: AmendWrite, updatedAt: Date, mark: string): AnyBulkWriteOperation<JobDoc> {
  const { slug, token, lease, etag } = write;
  const filter = { _id: slug, "lock.token": token, "lock.lease": lease, ...(etag !== undefined && { etag }) };
  if (!("free" in write)) return { updateOne: { filter, update: factsUpdate(write.keep, updatedAt) } };
  if (write.free.type === "delete") return { deleteOne: { filter } };
  const update = standingUpdate(write.free, updatedAt);
  return { updateOne: { filter, update: { ...update, $set: { ...update.$set, write: mark } } } };
}

function resultOf(write: AmendWrite, doc: JobDoc | undefined, mark: string): AmendResult {
  const held = doc?.lock?.token === write.token && doc.lock.lease === write.lease;
  if (!("free" in write)) {
    const isChanged = doc && held && write.etag !== undefined && write.etag !== doc.etag;
    return isChanged ? { status: "changed", job: jobOf(doc) } : { status: held ? "recorded" : "moved" };
  }
  if (doc && held) return { status: "changed", job: jobOf(doc) };
  if (doc?.write === mark || (!doc && write.free.type === "delete")) return { status: "recorded" };
  return { status: "moved" };
}
