import type { Lock, StoredJob } from "../../core/job.js";
import { freeSlots } from "../slots.js";
import type { LockRequest } from "../store.js";
import { newToken } from "../token.js";
import { document } from "./documents.js";
import type { Jobs } from "./jobs.js";

/** What a kind may still give in this call. */
interface Share {
  readonly kind: string;
  room: number;
}

/** Turns: which kind is asked first differs from call to call. */
let turn = 0;

/**
 * Takes due jobs. The limit is shared out evenly: each kind is asked for its share of what is left, and what some leave is
 * offered to the others in a further round, so that no kind starves.
 */
export function claim(jobs: Jobs, request: LockRequest, random: () => number): StoredJob[] {
  const taken: StoredJob[] = [];
  let asked = sharesOf(jobs, request);
  while (asked.length > 0 && taken.length < request.limit) {
    const open: Share[] = [];
    for (const [n, share] of asked.entries()) {
      const part = Math.min(share.room, Math.ceil((request.limit - taken.length) / (asked.length - n)));
      const before = taken.length;
      takeOf(jobs, share.kind, part, request, random, taken);
      share.room -= part;
      if (share.room > 0 && taken.length - before === part) open.push(share);
    }
    asked = open;
  }
  return taken;
}

function sharesOf(jobs: Jobs, { room, limit }: LockRequest): Share[] {
  const shares: Share[] = [];
  if (limit <= 0) return shares;
  for (const [kind, places] of room)
    if (places > 0 && jobs.queues(kind).length > 0) shares.push({ kind, room: places });
  const first = turn++ % Math.max(shares.length, 1);
  return [...shares.slice(first), ...shares.slice(0, first)];
}

function takeOf(
  jobs: Jobs,
  kind: string,
  most: number,
  request: LockRequest,
  random: () => number,
  into: StoredJob[],
): void {
  const limit = request.maxRunning.get(kind) ?? 0;
  const slots = limit > 0 ? freeSlots(limit, jobs.slotsHeld(kind), most, random) : undefined;
  const by = request.now.getTime();
  let left = slots ? slots.length : most;
  for (const queue of jobs.queues(kind)) {
    for (; left > 0; left--) {
      const taken = queue.take(by);
      if (!taken) break;
      const next = lockedDocument(taken.job, request, slots?.[left - 1]);
      jobs.replaceTaken(taken.row, next);
      into.push(next);
    }
  }
}

function lockedDocument(job: StoredJob, { lease, now }: LockRequest, slot: number | undefined): StoredJob {
  const lock: Lock =
    slot === undefined ? { token: newToken(), lease, since: now } : { token: newToken(), lease, slot, since: now };
  const { etag, pause } = job;
  const marks = { etag, rev: job.rev + 1, fence: job.fence + 1, updatedAt: now, lock, pause, attempt: job.attempt + 1 };
  return document(job, job, marks, job.payload);
}
