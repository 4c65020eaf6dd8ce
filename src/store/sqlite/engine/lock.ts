import { freeSlots } from "../../slots.js";
import { newToken } from "../../token.js";
import type { LockCall, LockedRows } from "../wire.js";
import type { Context } from "./context.js";
import { readInfo } from "./job-info.js";
import { DUE_JOB_TEXT, HAS_INFO, HAS_LONG_PAYLOAD, readPayloads } from "./jobs.js";

const LIVE = "SELECT 1 FROM leases WHERE id = ? AND state = 'live'";

const DUE_KINDS = `SELECT k.key FROM json_each(?) k WHERE EXISTS (
    SELECT 1 FROM (VALUES (0), (1), (2), (3)) p CROSS JOIN job_state s
    WHERE s.kind_id = k.value AND s.pri = p.column1 AND s.due <= ?)`;

const level = (priority: number) =>
  `SELECT id FROM (SELECT id FROM job_state WHERE kind_id = ?1 AND pri = ${priority} AND due <= ?2 ORDER BY due, slug LIMIT ?3)`;

/**
 * Level by level, so that the index is read from its front and never past what is due. One row: the jobs' texts, their numbers,
 * and the numbers of those that have more than their text.
 */
export const CANDIDATES = `SELECT '[' || group_concat(${DUE_JOB_TEXT}) || ']', json_group_array(s.id),
    json_group_array(s.id) FILTER (WHERE ${HAS_INFO}), json_group_array(s.id) FILTER (WHERE ${HAS_LONG_PAYLOAD})
  FROM (${[0, 1, 2, 3].map(level).join(" UNION ALL ")} LIMIT ?3) c
  CROSS JOIN job_state s ON s.id = c.id CROSS JOIN jobs j ON j.id = s.id`;

/** The tokens are bytes, since SQLite would count a text's characters from its beginning for each. */
const TAKE = `UPDATE job_state SET due = NULL, lock_token = CAST(substr(?1, 1 + 32 * t.key, 32) AS TEXT), lock_lease = ?2,
    lock_stream = NULL, lock_since = ?3, updated_at = ?3, attempt = attempt + 1, fence = fence + 1, rev = rev + 1
  FROM json_each(?4) t WHERE job_state.id = t.value`;

const TAKE_SLOTS = `UPDATE job_state SET lock_slot = ?1 ->> t.key FROM json_each(?2) t WHERE job_state.id = t.value`;

/**
 * Nobody else writes between the look and the write, so neither needs a guard, and the free slots that are read are free. The
 * unique index on slots stays as the proof.
 */
export function lockJobs(context: Context, call: LockCall): LockedRows[] {
  if (context.db.get(LIVE, [call.lease]) === undefined) return [];
  const kinds = dueKinds(context, call);
  const locked: LockedRows[] = [];
  let left = call.limit;
  const takeOf = (kind: KindRoom, most: number): number => {
    const taken = take(context, call, kind, Math.min(kind.room, most, left));
    if (!taken) return 0;
    locked.push(taken.rows);
    left -= taken.count;
    return taken.count;
  };
  // A first share each, so that no kind starves; then what is left goes to those that had more due.
  const share = Math.max(1, Math.floor(call.limit / Math.max(1, kinds.length)));
  const wanting = kinds.flatMap((kind) => {
    const got = takeOf(kind, share);
    return got === share && kind.room > got ? [{ ...kind, room: kind.room - got }] : [];
  });
  for (const kind of wanting) takeOf(kind, kind.room);
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

function take(
  context: Context,
  call: LockCall,
  kind: KindRoom,
  wanted: number,
): { readonly count: number; readonly rows: LockedRows } | undefined {
  const { db } = context;
  const free = kind.maxRunning === undefined ? null : slotsOf(context, kind.id, kind.maxRunning, wanted);
  const most = Math.min(wanted, free?.length ?? wanted);
  if (most <= 0) return undefined;
  const row = db.get(CANDIDATES, [kind.id, call.nowMs, most, kind.name]) as [string | null, string, string, string];
  const [text, idsText, infoText, payloadsText] = row;
  if (text === null) return undefined;
  const count = (JSON.parse(idsText) as number[]).length;
  const info = readInfo(db, JSON.parse(infoText) as number[], true);
  const payloads = readPayloads(context, JSON.parse(payloadsText) as number[]);
  let tokens = "";
  for (let n = 0; n < count; n++) tokens += newToken();
  db.run(TAKE, [Buffer.from(tokens, "latin1"), call.lease, call.nowMs, idsText]);
  const slots = free ? free.slice(0, count) : null;
  if (slots) db.run(TAKE_SLOTS, [JSON.stringify(slots), idsText]);
  return { count, rows: { rows: { text, info, payloads }, tokens, slots } };
}

const HELD = "SELECT lock_slot FROM job_state WHERE kind_id = ? AND lock_slot IS NOT NULL";

function slotsOf(context: Context, kindId: number, limit: number, wanted: number): number[] {
  const held = new Set(context.db.all(HELD, [kindId]).map(([slot]) => Number(slot)));
  return freeSlots(limit, held, wanted, Math.random);
}

export function slotsHeld(context: Context, kind: string): number {
  const id = context.kinds.find(kind);
  return id === undefined ? 0 : context.db.all(HELD, [id]).length;
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
