import type { Lease } from "../store.js";
import { newToken } from "../token.js";
import { COMMAND_MS, type Context } from "./context.js";
import { isDuplicate } from "./failure.js";

/** Leases that ended are kept for so many of their TTLs, for whoever still has one in mind. */
const KEPT_TTLS = 10;

/**
 * Every write of a lease is a compare-and-set on its one document: the opening by its id, a renewal by its state, a take-over
 * by its counter. Nobody makes one live again.
 */
export async function openLease(
  { leases, time }: Context,
  { serverId, ttlMs, version }: { readonly serverId: string; readonly ttlMs: number; readonly version: string },
): Promise<string> {
  const now = time.about();
  const id = newToken();
  const lease = { _id: id, serverId, seq: 1, ttlMs, state: "live", version, startedAt: now, renewedAt: now } as const;
  await leases.insertOne(lease, { maxTimeMS: COMMAND_MS }).catch((error: unknown) => {
    // A retry of the driver's after an insert that had taken place: nobody else draws this id.
    if (!isDuplicate(error)) throw error;
  });
  return id;
}

export async function renewLease({ leases, time }: Context, lease: string): Promise<boolean> {
  const update = { $inc: { seq: 1 }, $set: { renewedAt: time.about() } };
  const options = { projection: { _id: 1 }, maxTimeMS: COMMAND_MS } as const;
  return (await leases.findOneAndUpdate({ _id: lease, state: "live" }, update, options)) !== null;
}

export async function closeLease(context: Context, lease: string): Promise<void> {
  await end(context, { _id: lease, state: "live" }, "left");
  // Also where it had ended before: by a try whose answer was lost.
  await forgetWorkers(context, lease);
}

/** A renewal in between changes the counter, and so defeats it. */
export async function takeOver(context: Context, lease: string, seq: number): Promise<boolean> {
  const fenced = await end(context, { _id: lease, seq, state: "live" }, "fenced");
  if (fenced) await forgetWorkers(context, lease);
  return fenced;
}

async function end(
  { leases, time }: Context,
  filter: { readonly _id: string; readonly seq?: number; readonly state: "live" },
  state: "left" | "fenced",
): Promise<boolean> {
  const options = { projection: { _id: 1 }, maxTimeMS: COMMAND_MS } as const;
  return (await leases.findOneAndUpdate(filter, { $set: { state, endedAt: time.about() } }, options)) !== null;
}

/** Lists show workers of live leases alone; so this may be lost. */
async function forgetWorkers({ workers, log }: Context, lease: string): Promise<void> {
  await workers.deleteMany({ lease }, { maxTimeMS: COMMAND_MS }).catch((error: unknown) => {
    log.debug({ err: error, lease }, "the workers of a lease that ended were not removed");
  });
}

export async function allLeases({ leaseViews: leases, waker }: Context): Promise<Lease[]> {
  const docs = await leases.find({}, { sort: { startedAt: 1, _id: 1 }, maxTimeMS: COMMAND_MS }).toArray();
  waker.others(docs.filter(({ state }) => state === "live").length > 1);
  return docs.map(({ _id, endedAt, ...rest }) => ({ id: _id, ...rest }));
}

/** Those that ended long ago and that no lock names. */
export async function sweepLeases({ leaseViews: leases, jobs, workers, time }: Context): Promise<void> {
  const now = time.about().getTime();
  const ended = await leases.find({ state: { $ne: "live" } }, { maxTimeMS: COMMAND_MS }).toArray();
  for (const { _id, ttlMs, endedAt, startedAt } of ended) {
    if (now < (endedAt ?? startedAt).getTime() + KEPT_TTLS * ttlMs) continue;
    if (await jobs.findOne({ "lock.lease": _id }, { projection: { _id: 1 }, maxTimeMS: COMMAND_MS })) continue;
    await workers.deleteMany({ lease: _id }, { maxTimeMS: COMMAND_MS });
    await leases.deleteOne({ _id, state: { $ne: "live" } }, { maxTimeMS: COMMAND_MS });
  }
}
