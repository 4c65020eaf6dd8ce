import type { StoredJob } from "../../core/job.js";
import { limit } from "../../core/limits.js";
import { compareBytewise } from "../bytewise.js";
import { lockByRooms, type Part } from "../rooms.js";
import { freeSlots } from "../slots.js";
import type { LockRequest } from "../store.js";
import { newTokens, TOKEN_BYTES, tokensOf } from "../token.js";
import type { Context } from "./context.js";
import type { Database, Row } from "./database.js";
import { STATEMENT_MS } from "./database.js";
import { insist, stateOf, UNIQUE_VIOLATION } from "./failure.js";
import { CELLS, jobOf } from "./job-row.js";
import { lockKey } from "./migrate.js";

/**
 * Kind by kind and level by level, so that the partial index is read from its front and never past what is due: its order is
 * the order of the claim, and nothing is sorted. What another claim has locked is passed by, so claimers never wait for each
 * other, nor lose to each other what they have read. Rows are locked as they are counted, none beyond the limit; the list is
 * materialized, so that no plan can read it twice. They are written where they are, which spares a search by slug for each (3 of
 * 33 µs); one that was rewritten after the statement's snapshot is not found there, and is left to the next claim. Tokens are
 * taken by their number: joined they are looked through for each job, since the planner expects one (175 µs a job). They come
 * as bytes, since most claims take few: 500 texts for one job would be half of what its claim costs. $1 kinds, $2 their rooms,
 * $3 lease, $4 now, $5 limit, $6 tokens, one after the other, $7 slots.
 */
export const CLAIM = `WITH c AS MATERIALIZED (
    SELECT s.place, row_number() OVER () AS n FROM (
      SELECT t.place FROM unnest($1::text[], $2::int[]) w (kind, room) CROSS JOIN LATERAL (
        SELECT s.place FROM (VALUES (0), (1), (2), (3)) p (pri) CROSS JOIN LATERAL (
          SELECT j.ctid AS place FROM @jobs j WHERE j.kind = w.kind AND j.pri = p.pri AND j.due <= $4::bigint
          ORDER BY j.due, j.slug LIMIT w.room FOR UPDATE SKIP LOCKED
        ) s LIMIT w.room
      ) t WHERE EXISTS (SELECT 1 FROM @leases WHERE id = $3 AND state = 'live') LIMIT $5
    ) s
  )
  UPDATE @jobs j SET due = NULL, lock_lease = $3, lock_stream = NULL, lock_slot = ($7::int[])[c.n],
    lock_token = encode(substring($6::bytea FROM (c.n::int - 1) * ${TOKEN_BYTES} + 1 FOR ${TOKEN_BYTES}), 'hex'),
    lock_since = $4::bigint, updated_at = $4::bigint, attempt = j.attempt + 1,
    fence = j.fence + 1, rev = j.rev + 1
  FROM c WHERE j.ctid = c.place RETURNING ${CELLS}`;

export async function lock(context: Context, request: LockRequest): Promise<StoredJob[]> {
  const taken = await lockByRooms(request, (parts, most) => lockParts(context, request, parts, most));
  return taken.sort(claimOrder);
}

/** An update answers in any order. */
function claimOrder(one: StoredJob, other: StoredJob): number {
  return (
    one.priority - other.priority ||
    (one.at?.getTime() ?? 0) - (other.at?.getTime() ?? 0) ||
    compareBytewise(one.slug, other.slug)
  );
}

/** Kinds without a limit in one statement; each of the others in a transaction of its own. */
async function lockParts(
  context: Context,
  request: LockRequest,
  parts: readonly Part[],
  most: number,
): Promise<StoredJob[]> {
  const free = parts.filter(({ kind }) => !request.maxRunning.get(kind));
  const limited = parts.filter(({ kind }) => request.maxRunning.get(kind));
  const taken = free.length > 0 ? await take(context, request, free, most) : [];
  for (const part of limited) taken.push(...(await takeLimited(context, request, part)));
  return taken;
}

async function take(
  context: Context,
  request: LockRequest,
  parts: readonly Part[],
  most: number,
): Promise<StoredJob[]> {
  const count = Math.min(
    most,
    parts.reduce((all, { part }) => all + part, 0),
  );
  const tokens = newTokens(count);
  return await certainly(context, request, tokens, () =>
    claim(context.db.rows.bind(context.db), request, parts, tokens),
  );
}

/** What was taken by a try whose answer was lost is found by the tokens that were drawn for it. */
async function certainly(
  context: Context,
  { lease }: LockRequest,
  tokens: Buffer,
  work: () => Promise<Row[]>,
): Promise<StoredJob[]> {
  const taken = await insist(STATEMENT_MS, async (again) => {
    const found = again ? await context.db.rows(TAKEN, [lease, tokensOf(tokens)]) : [];
    return found.length > 0 ? found : await work();
  });
  return taken.map(jobOf);
}

const TAKEN = `SELECT ${CELLS} FROM @jobs j WHERE j.lock_lease = $1 AND j.lock_token = ANY ($2::text[])`;

async function claim(
  rows: Database["rows"],
  { lease, now }: LockRequest,
  parts: readonly Part[],
  tokens: Buffer,
  slots: readonly number[] | null = null,
): Promise<Row[]> {
  const kinds = parts.map(({ kind }) => kind);
  const rooms = parts.map(({ part }) => part);
  return await rows(CLAIM, [kinds, rooms, lease, now.getTime(), tokens.length / TOKEN_BYTES, tokens, slots]);
}

const HELD = "SELECT lock_slot FROM @jobs WHERE kind = $1 AND lock_slot IS NOT NULL";

/**
 * Free places are read under a lock of the kind, taken before, in a statement of its own: a lock inside of the statement that
 * reads is waited for after it has begun, and it would read what was before. The unique index on slots stays as the proof.
 */
async function takeLimited(context: Context, request: LockRequest, { kind, part }: Part): Promise<StoredJob[]> {
  const most = request.maxRunning.get(kind) ?? 0;
  const tokens = newTokens(part);
  const begin = `SELECT pg_advisory_xact_lock(${lockKey(`places of ${kind} in ${context.schema}`)})`;
  try {
    return await certainly(context, request, tokens, () =>
      context.db.transaction(begin, async (rows) => {
        const held = new Set((await rows(HELD, [kind])).map(([slot]) => Number(slot)));
        const slots = freeSlots(most, held, part, Math.random);
        if (slots.length === 0) return [];
        const drawn = tokens.subarray(0, slots.length * TOKEN_BYTES);
        return await claim(rows, request, [{ kind, part: slots.length }], drawn, slots);
      }),
    );
  } catch (error) {
    if (stateOf(error) === UNIQUE_VIOLATION) return [];
    throw error;
  }
}

/** A kind has at most `max_running` places: so many entries. */
export async function slotsHeld({ db }: Context, kind: string): Promise<number> {
  const rows = await db.read(`${HELD} LIMIT ${limit("max_running")}`, [kind]);
  return rows.length;
}

/** Four searches of the index for each kind. */
export const NEXT = `SELECT min(n.due) FROM unnest($1::text[]) w (kind) CROSS JOIN (VALUES (0), (1), (2), (3)) p (pri)
  CROSS JOIN LATERAL (SELECT j.due FROM @jobs j WHERE j.kind = w.kind AND j.pri = p.pri AND j.due IS NOT NULL
    ORDER BY j.due, j.slug LIMIT 1) n`;

export async function nextRun({ db }: Context, kinds: readonly string[]): Promise<Date | undefined> {
  if (kinds.length === 0) return undefined;
  const due = (await db.read(NEXT, [[...kinds]]))[0]?.[0];
  return typeof due === "number" ? new Date(due) : undefined;
}
