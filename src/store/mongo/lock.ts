import type { Lock, StoredJob } from "../../core/job.js";
import { chunks } from "../chunks.js";
import { lockByRooms, type Part } from "../rooms.js";
import { freeSlots } from "../slots.js";
import type { LockRequest } from "../store.js";
import { newToken } from "../token.js";
import { jobOf } from "./codec.js";
import { COMMAND_MS, type Context } from "./context.js";
import type { JobDoc } from "./documents.js";
import { duplicatesOf, insist, isDuplicate } from "./failure.js";

const LEVELS = [0, 1, 2, 3] as const;
/** The order of the claim index, and so of claims. */
const CLAIM_ORDER = { priority: 1, due: 1, _id: 1 } as const;
/** MongoDB merges up to 200 scans of an index: so many kinds, with each level a scan. */
const KINDS_MERGED = 50;

/** Where several servers read the same first jobs all but one lose: a kind that was mostly lost is read this much further. */
const SPREAD = 4;

/** Two rounds: what is due is read, then locked where it is still as it was read. */
export async function lock(context: Context, request: LockRequest): Promise<StoredJob[]> {
  return await lockByRooms(request, (parts) => lockParts(context, request, parts));
}

async function lockParts(context: Context, request: LockRequest, parts: readonly Part[]): Promise<StoredJob[]> {
  const [only] = parts;
  if (only && parts.length === 1 && only.part === 1) return await lockOne(context, request, only.kind);
  const [live, ...found] = await insist(() =>
    Promise.all([isLive(context, request.lease), ...parts.map((part) => candidates(context, request, part))]),
  );
  if (!live) return [];
  const taken = await take(context, request, found.flat());
  for (const [n, { kind }] of parts.entries()) {
    const asked = found[n]?.length ?? 0;
    const lost = asked - taken.filter((job) => job.kind === kind).length;
    if (2 * lost > asked) context.crowded.add(kind);
    else context.crowded.delete(kind);
  }
  return taken;
}

async function isLive({ leaseViews: leases }: Context, lease: string): Promise<boolean> {
  const filter = { _id: lease, state: "live" } as const;
  return (await leases.findOne(filter, { projection: { _id: 1 }, maxTimeMS: COMMAND_MS })) !== null;
}

interface Candidate {
  readonly doc: JobDoc;
  readonly slot: number | undefined;
}

async function candidates(context: Context, request: LockRequest, { kind, part }: Part): Promise<Candidate[]> {
  const limit = request.maxRunning.get(kind);
  const crowded = context.crowded.has(kind);
  const most = crowded ? SPREAD * part : part;
  const [slots, docs] = await Promise.all([
    limit ? slotsOf(context, kind, limit, part) : undefined,
    context.jobs
      .find(dueFilter(kind, request.now), { sort: CLAIM_ORDER, limit: most, batchSize: most, maxTimeMS: COMMAND_MS })
      .toArray(),
  ]);
  const first = crowded ? Math.floor(Math.random() * Math.max(1, docs.length - part + 1)) : 0;
  return docs.slice(first, first + (slots?.length ?? part)).map((doc, n) => ({ doc, slot: slots?.[n] }));
}

function dueFilter(kind: string, now: Date) {
  return { kind, priority: { $in: [...LEVELS] }, due: { $lte: now } };
}

async function slotsOf({ jobs }: Context, kind: string, limit: number, want: number): Promise<number[]> {
  const held = await jobs
    .find(
      { kind, "lock.slot": { $exists: true } },
      { projection: { _id: 0, "lock.slot": 1 }, batchSize: 1_001, maxTimeMS: COMMAND_MS },
    )
    .toArray();
  return freeSlots(limit, new Set(held.map((doc) => doc.lock?.slot ?? 0)), want, Math.random);
}

/**
 * Locks those that are still as they were read. A lost answer is not guessed at: the claim is refused, and the lease under
 * which jobs may be locked that nobody here knows of must end.
 */
async function take(
  { jobs, time }: Context,
  { lease, now }: LockRequest,
  found: readonly Candidate[],
): Promise<StoredJob[]> {
  if (found.length === 0) return [];
  const updatedAt = time.about();
  const locks = found.map(({ slot }) => lockOf(lease, now, slot));
  const writes = found.map(({ doc }, n) => ({
    updateOne: {
      // Revisions begin anew with each job, and a slug may be another job's by now.
      filter: { _id: doc._id, uid: doc.uid, rev: doc.rev },
      update: lockUpdate(locks[n] as Lock, updatedAt),
    },
  }));
  const all = await jobs.bulkWrite(writes, { ordered: false, maxTimeMS: COMMAND_MS }).then(
    ({ matchedCount }) => matchedCount === found.length,
    (error) => {
      // A slot that another server has taken meanwhile: not this time.
      duplicatesOf(error);
      return false;
    },
  );
  const won = all ? undefined : await wonOf(jobs, lease, locks);
  return found.flatMap(({ doc }, n) => {
    const own = locks[n] as Lock;
    if (won && !won.has(own.token)) return [];
    const { due, ...rest } = doc;
    const { rev, attempt, fence } = doc;
    return [jobOf({ ...rest, lock: own, rev: rev + 1, attempt: attempt + 1, fence: fence + 1, updatedAt })];
  });
}

async function wonOf(jobs: Context["jobs"], lease: string, locks: readonly Lock[]): Promise<Set<string>> {
  const filter = { "lock.lease": lease, "lock.token": { $in: locks.map(({ token }) => token) } };
  const docs = await jobs
    .find(filter, { projection: { _id: 0, "lock.token": 1 }, batchSize: locks.length + 1, maxTimeMS: COMMAND_MS })
    .toArray();
  return new Set(docs.map((doc) => doc.lock?.token ?? ""));
}

/** One place: the first that is due, whoever else wants it, in one command. */
async function lockOne(context: Context, request: LockRequest, kind: string): Promise<StoredJob[]> {
  const { lease, now } = request;
  const limit = request.maxRunning.get(kind);
  const [live, slots] = await insist(() =>
    Promise.all([isLive(context, lease), limit ? slotsOf(context, kind, limit, 1) : undefined]),
  );
  if (!live || slots?.length === 0) return [];
  const update = lockUpdate(lockOf(lease, now, slots?.[0]), context.time.about());
  try {
    const doc = await context.jobs.findOneAndUpdate(dueFilter(kind, now), update, {
      sort: CLAIM_ORDER,
      returnDocument: "after",
      maxTimeMS: COMMAND_MS,
    });
    return doc ? [jobOf(doc)] : [];
  } catch (error) {
    if (isDuplicate(error)) return [];
    throw error;
  }
}

function lockOf(lease: string, since: Date, slot: number | undefined): Lock {
  return slot === undefined ? { token: newToken(), lease, since } : { token: newToken(), lease, slot, since };
}

function lockUpdate(lock: Lock, updatedAt: Date) {
  return {
    $set: { lock, updatedAt },
    $unset: { due: true },
    $inc: { rev: 1, attempt: 1, fence: 1 },
  } as const;
}

export async function nextRun({ jobs }: Context, kinds: readonly string[]): Promise<Date | undefined> {
  const asked: Promise<JobDoc[]>[] = [];
  for (const some of chunks(kinds, KINDS_MERGED)) {
    const filter = { kind: { $in: some }, priority: { $in: [...LEVELS] }, due: { $exists: true } };
    const options = { sort: { due: 1 }, limit: 1, projection: { _id: 0, due: 1 }, maxTimeMS: COMMAND_MS } as const;
    asked.push(jobs.find(filter, options).toArray());
  }
  const dues = (await Promise.all(asked)).flat().flatMap(({ due }) => due?.getTime() ?? []);
  return dues.length > 0 ? new Date(Math.min(...dues)) : undefined;
}
