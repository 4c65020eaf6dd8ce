import type { StoredJob } from "../../core/job.js";
import { freeSlots } from "../slots.js";
import type { LockRequest } from "../store.js";
import { newToken } from "../token.js";
import type { Context } from "./context.js";
import { JOB_COLUMNS } from "./job-row.js";
import { readRows } from "./jobs.js";

const LIVE = "SELECT 1 FROM leases WHERE id = ? AND state = 'live'";

const DUE_KINDS = `SELECT k.key FROM json_each(?) k WHERE EXISTS (
    SELECT 1 FROM (VALUES (0), (1), (2), (3)) p CROSS JOIN job_state s
    WHERE s.kind_id = k.value AND s.pri = p.column1 AND s.due <= ?)`;

const level = (priority: number) =>
  `SELECT id FROM (SELECT id FROM job_state WHERE kind_id = ?1 AND pri = ${priority} AND due <= ?2 ORDER BY due, slug LIMIT ?3)`;

/** Level by level, so that the index is read from its front and never past what is due. */
export const CANDIDATES = `SELECT ${JOB_COLUMNS}, j.payload
  FROM (${[0, 1, 2, 3].map(level).join(" UNION ALL ")} LIMIT ?3) c
  CROSS JOIN job_state s ON s.id = c.id CROSS JOIN jobs j ON j.id = s.id`;

const TAKE = `UPDATE job_state SET due = NULL, lock_token = t.value ->> 1, lock_lease = ?, lock_stream = NULL,
    lock_slot = t.value ->> 2, lock_since = ?, attempt = attempt + 1, fence = fence + 1, rev = rev + 1
  FROM json_each(?) t WHERE job_state.id = t.value ->> 0`;

/**
 * `Store.lock`, inside a transaction: nobody else writes between the look and the write, so neither needs a guard, and the
 * free slots that are read are free.
 */
export function lockJobs(context: Context, request: LockRequest): StoredJob[] {
  if (context.db.get(LIVE, [request.lease]) === undefined) return [];
  const kinds = dueKinds(context, request);
  const locked: StoredJob[] = [];
  // A first share each, so that no kind starves; then what is left goes to those that had more due.
  const share = Math.max(1, Math.floor(request.limit / Math.max(1, kinds.length)));
  const wanting: typeof kinds = [];
  for (const kind of kinds) {
    const wanted = Math.min(kind.room, share, request.limit - locked.length);
    const got = take(context, request, kind, wanted);
    locked.push(...got);
    if (got.length === wanted && kind.room > wanted) wanting.push({ ...kind, room: kind.room - wanted });
  }
  for (const kind of wanting) {
    locked.push(...take(context, request, kind, Math.min(kind.room, request.limit - locked.length)));
  }
  return locked;
}

interface KindRoom {
  readonly id: number;
  readonly room: number;
  readonly maxRunning: number | undefined;
}

/** In random order: where there are more kinds than the limit, each comes first at some time. */
function dueKinds(context: Context, { room, maxRunning, now }: LockRequest): KindRoom[] {
  const kinds: KindRoom[] = [];
  for (const [name, free] of room) {
    const id = free > 0 ? context.kinds.find(name) : undefined;
    if (id !== undefined) kinds.push({ id, room: free, maxRunning: maxRunning.get(name) });
  }
  if (kinds.length < 2) return kinds;
  const rows = context.db.all(DUE_KINDS, [JSON.stringify(kinds.map(({ id }) => id)), now.getTime()]);
  const due = rows.flatMap(([at]) => kinds[Number(at)] ?? []);
  const first = Math.floor(Math.random() * due.length);
  return [...due.slice(first), ...due.slice(0, first)];
}

function take(context: Context, request: LockRequest, kind: KindRoom, wanted: number): StoredJob[] {
  const slots = kind.maxRunning === undefined ? undefined : slotsOf(context, kind.id, kind.maxRunning, wanted);
  const count = Math.min(wanted, slots?.length ?? wanted);
  if (count <= 0) return [];
  const { db } = context;
  const read = readRows(context, db.all(CANDIDATES, [kind.id, request.now.getTime(), count]), true);
  const jobs: StoredJob[] = [];
  const writes: (string | number | null)[][] = [];
  for (const [at, { id, job }] of read.entries()) {
    const token = newToken();
    const slot = slots?.[at];
    writes.push([id, token, slot ?? null]);
    const { due: _, ...rest } = job;
    jobs.push({
      ...rest,
      lock: { token, lease: request.lease, since: request.now, ...(slot !== undefined && { slot }) },
      attempt: job.attempt + 1,
      fence: job.fence + 1,
      rev: job.rev + 1,
    });
  }
  if (writes.length > 0) db.run(TAKE, [request.lease, request.now.getTime(), JSON.stringify(writes)]);
  return jobs;
}

const HELD = "SELECT lock_slot FROM job_state WHERE kind_id = ? AND lock_slot IS NOT NULL";

function slotsOf(context: Context, kindId: number, limit: number, wanted: number): number[] {
  const held = new Set(context.db.all(HELD, [kindId]).map(([slot]) => Number(slot)));
  return freeSlots(limit, held, wanted, Math.random);
}

const NEXT = `SELECT min(due) FROM (
    SELECT (SELECT due FROM job_state WHERE kind_id = k.value AND pri = p.column1 AND due IS NOT NULL ORDER BY due LIMIT 1) due
    FROM json_each(?) k CROSS JOIN (VALUES (0), (1), (2), (3)) p)`;

/** `Store.nextRun`. */
export function nextRun(context: Context, kinds: readonly string[]): Date | undefined {
  const ids = kinds.flatMap((name) => context.kinds.find(name) ?? []);
  if (ids.length === 0) return undefined;
  const due = context.db.get(NEXT, [JSON.stringify(ids)])?.[0];
  return typeof due === "number" ? new Date(due) : undefined;
}
