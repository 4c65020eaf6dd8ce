import { freeSlots } from "../../slots.js";
import { newToken } from "../../token.js";
import type { LockCall, LockedRow } from "../wire.js";
import type { Context } from "./context.js";
import { DUE_JOB_CELLS, infoOf } from "./jobs.js";

const LIVE = "SELECT 1 FROM leases WHERE id = ? AND state = 'live'";

const DUE_KINDS = `SELECT k.key FROM json_each(?) k WHERE EXISTS (
    SELECT 1 FROM (VALUES (0), (1), (2), (3)) p CROSS JOIN job_state s
    WHERE s.kind_id = k.value AND s.pri = p.column1 AND s.due <= ?)`;

const level = (priority: number) =>
  `SELECT id FROM (SELECT id FROM job_state WHERE kind_id = ?1 AND pri = ${priority} AND due <= ?2 ORDER BY due, slug LIMIT ?3)`;

/** Level by level, so that the index is read from its front and never past what is due. */
export const CANDIDATES = `SELECT ${DUE_JOB_CELLS}
  FROM (${[0, 1, 2, 3].map(level).join(" UNION ALL ")} LIMIT ?3) c
  CROSS JOIN job_state s ON s.id = c.id CROSS JOIN jobs j ON j.id = s.id`;

const TAKE = `UPDATE job_state SET due = NULL, lock_token = t.value, lock_lease = ?, lock_stream = NULL, lock_since = ?,
    updated_at = ?, attempt = attempt + 1, fence = fence + 1, rev = rev + 1
  FROM json_each(?) t WHERE job_state.id = CAST(t.key AS INTEGER)`;

const TAKE_SLOT =
  "UPDATE job_state SET lock_slot = t.value FROM json_each(?) t WHERE job_state.id = CAST(t.key AS INTEGER)";

/**
 * Nobody else writes between the look and the write, so neither needs a guard, and the free slots that are read are free. The
 * unique index on slots stays as the proof.
 */
export function lockJobs(context: Context, call: LockCall): LockedRow[] {
  if (context.db.get(LIVE, [call.lease]) === undefined) return [];
  const kinds = dueKinds(context, call);
  const locked: LockedRow[] = [];
  // A first share each, so that no kind starves; then what is left goes to those that had more due.
  const share = Math.max(1, Math.floor(call.limit / Math.max(1, kinds.length)));
  const wanting: KindRoom[] = [];
  for (const kind of kinds) {
    const wanted = Math.min(kind.room, share, call.limit - locked.length);
    const got = take(context, call, kind, wanted);
    locked.push(...got);
    if (got.length === wanted && kind.room > wanted) wanting.push({ ...kind, room: kind.room - wanted });
  }
  for (const kind of wanting) {
    locked.push(...take(context, call, kind, Math.min(kind.room, call.limit - locked.length)));
  }
  return locked;
}

interface KindRoom {
  readonly name: string;
  readonly id: number;
  readonly room: number;
  readonly maxRunning: number | undefined;
}

/** From a kind drawn at random on: where there are more kinds than the limit, each comes first at some time. */
function dueKinds(context: Context, { room, maxRunning, nowMs }: LockCall): KindRoom[] {
  const kinds: KindRoom[] = [];
  for (const [name, free] of room) {
    const id = free > 0 ? context.kinds.find(name) : undefined;
    if (id !== undefined) kinds.push({ name, id, room: free, maxRunning: maxRunning.get(name) || undefined });
  }
  if (kinds.length < 2) return kinds;
  const rows = context.db.all(DUE_KINDS, [JSON.stringify(kinds.map(({ id }) => id)), nowMs]);
  const due = rows.flatMap(([at]) => kinds[Number(at)] ?? []);
  const first = Math.floor(Math.random() * due.length);
  return [...due.slice(first), ...due.slice(0, first)];
}

function take(context: Context, call: LockCall, kind: KindRoom, wanted: number): LockedRow[] {
  const { db } = context;
  const slots = kind.maxRunning === undefined ? undefined : slotsOf(context, kind.id, kind.maxRunning, wanted);
  const count = Math.min(wanted, slots?.length ?? wanted);
  if (count <= 0) return [];
  const rows = db.all(CANDIDATES, [kind.id, call.nowMs, count]);
  if (rows.length === 0) return [];
  const info = infoOf(context, rows, true);
  const tokens: Record<number, string> = {};
  const taken: Record<number, number> = {};
  const locked = rows.map(([text, payload, id, infoId], at): LockedRow => {
    const token = newToken();
    const slot = slots?.[at];
    tokens[id as number] = token;
    if (slot !== undefined) taken[id as number] = slot;
    const values = infoId === null ? null : (info.get(infoId as number) ?? null);
    return [[text as string, payload as Uint8Array | null, kind.name, values], token, slot ?? null];
  });
  db.run(TAKE, [call.lease, call.nowMs, call.nowMs, JSON.stringify(tokens)]);
  if (slots) db.run(TAKE_SLOT, [JSON.stringify(taken)]);
  return locked;
}

const HELD = "SELECT lock_slot FROM job_state WHERE kind_id = ? AND lock_slot IS NOT NULL";

function slotsOf(context: Context, kindId: number, limit: number, wanted: number): number[] {
  const held = new Set(context.db.all(HELD, [kindId]).map(([slot]) => Number(slot)));
  return freeSlots(limit, held, wanted, Math.random);
}

export const NEXT = `SELECT min(due) FROM (
    SELECT (SELECT due FROM job_state WHERE kind_id = k.value AND pri = p.column1 AND due IS NOT NULL ORDER BY due LIMIT 1) due
    FROM json_each(?) k CROSS JOIN (VALUES (0), (1), (2), (3)) p)`;

/** In ms. */
export function nextRun(context: Context, names: readonly string[]): number | undefined {
  const ids = names.flatMap((name) => context.kinds.find(name) ?? []);
  if (ids.length === 0) return undefined;
  const due = context.db.get(NEXT, [JSON.stringify(ids)])?.[0];
  return typeof due === "number" ? due : undefined;
}
