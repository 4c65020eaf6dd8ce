import type { Collection, Document, Filter } from "mongodb";
import { COMMAND_MS, type Context } from "./context.js";
import { sweepLeases } from "./leases.js";

/** So much of each thing one call removes at most. */
const STEP = 1_000;

/** Leases; and, where the server does not do it, what has expired. True where more is left. */
export async function sweep(context: Context): Promise<boolean> {
  await sweepLeases(context);
  if (context.expires) return false;
  const { jobs, runs, cancels, time } = context;
  const now = time.about();
  const left = [
    await removeExpired(jobs, { expireAt: { $lte: now } }),
    await removeExpired(runs, { expireAt: { $lte: now } }),
    await removeExpired(cancels, { expireAt: { $lte: now } }),
  ];
  return left.some((more) => more);
}

async function removeExpired<T extends Document & { _id: string }>(
  collection: Collection<T>,
  filter: Filter<T>,
): Promise<boolean> {
  const docs = await collection
    .find(filter, { projection: { _id: 1 }, limit: STEP, batchSize: STEP, maxTimeMS: COMMAND_MS })
    .toArray();
  if (docs.length === 0) return false;
  const ids = docs.map(({ _id }) => _id);
  await collection.deleteMany({ ...filter, _id: { $in: ids } } as Filter<T>, { maxTimeMS: COMMAND_MS });
  return docs.length === STEP;
}
