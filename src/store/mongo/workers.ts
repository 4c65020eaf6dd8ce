import type { WorkerStatus } from "../../core/worker.js";
import type { Page } from "../store.js";
import { workerDoc, workerOf } from "./codec.js";
import { COMMAND_MS, type Context } from "./context.js";
import { insertingOnce } from "./failure.js";

export async function putWorkers(
  { workers }: Context,
  lease: string,
  put: readonly WorkerStatus[],
  removeInstances: readonly string[],
): Promise<void> {
  const operations = [
    // One that has gone to another server is that one's entry by now.
    ...removeInstances.map((_id) => ({ deleteOne: { filter: { _id, lease } } })),
    ...put.map((worker) => {
      const { _id, ...replacement } = workerDoc(lease, worker);
      return { replaceOne: { filter: { _id }, replacement, upsert: true } };
    }),
  ];
  if (operations.length === 0) return;
  const options = { ordered: true, maxTimeMS: COMMAND_MS } as const;
  await insertingOnce(() => workers.bulkWrite(operations, options));
}

/** Those of leases that live: what a lease that ended has left behind is not shown. */
export async function listWorkers(
  { workers, leaseViews: leases }: Context,
  after: string | undefined,
  limit: number,
): Promise<Page<WorkerStatus>> {
  const live = await leases.find({ state: "live" }, { projection: { _id: 1 }, maxTimeMS: COMMAND_MS }).toArray();
  const filter = { lease: { $in: live.map(({ _id }) => _id) }, ...(after !== undefined && { _id: { $gt: after } }) };
  const docs = await workers
    .find(filter, { sort: { _id: 1 }, limit: limit + 1, batchSize: limit + 1, maxTimeMS: COMMAND_MS })
    .toArray();
  const items = docs.slice(0, limit).map(workerOf);
  const last = items.at(-1);
  return docs.length > limit && last ? { items, next: last.instance } : { items };
}
