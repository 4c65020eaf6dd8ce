import type { StoredJob } from "../../core/job.js";
import { chunks } from "../chunks.js";
import type { Held } from "../store.js";
import { type Context, now, WHOLE_JOBS } from "./context.js";
import { STATEMENT_MS } from "./database.js";
import { insist } from "./failure.js";
import { CELLS, jobOf } from "./job-row.js";

const HELD = "unnest($2::text[], $3::text[]) w (slug, token)";

/** $6: an earlier try of the same call may have done it. */
export const ADOPT = `UPDATE @jobs j SET lock_lease = $4, lock_stream = $5, updated_at = ${now(1)}, rev = j.rev + 1
  FROM ${HELD} WHERE j.slug = w.slug AND j.lock_token = w.token
    AND (j.lock_stream IS NULL OR j.lock_stream < $5::bigint OR ($6::boolean AND j.lock_stream = $5 AND j.lock_lease = $4))
  RETURNING ${CELLS}`;

export async function adopt(
  context: Context,
  held: readonly Held[],
  lease: string,
  stream: number,
): Promise<(StoredJob | undefined)[]> {
  const jobs: (StoredJob | undefined)[] = [];
  for (const some of chunks(held, WHOLE_JOBS)) jobs.push(...(await adoptStep(context, some, lease, stream)));
  return jobs;
}

async function adoptStep(
  { db, clock }: Context,
  held: readonly Held[],
  lease: string,
  stream: number,
): Promise<(StoredJob | undefined)[]> {
  const values = [held.map(({ slug }) => slug), held.map(({ token }) => token)];
  const rows = await insist(STATEMENT_MS, (again) => db.rows(ADOPT, [clock.value, ...values, lease, stream, again]));
  const jobs = new Map(rows.map(jobOf).map((job) => [job.lock?.token, job]));
  return held.map(({ slug, token }) => {
    const job = jobs.get(token);
    return job?.slug === slug ? job : undefined;
  });
}

/**
 * Where an earlier try has done it the row is under the new lease: it is moved there again, from it. By slug: IS TRUE keeps the
 * planner from reading all locks of a lease through their index, once for each that is moved.
 */
const MOVE = `UPDATE @jobs j SET lock_lease = $5, updated_at = ${now(1)}, rev = j.rev + 1
  FROM ${HELD} WHERE j.slug = w.slug AND j.lock_token = w.token
    AND (j.lock_lease = $4 OR ($6::boolean AND j.lock_lease = $5)) IS TRUE
  RETURNING j.lock_token`;

export async function move({ db, clock }: Context, held: readonly Held[], from: string, to: string): Promise<string[]> {
  if (held.length === 0) return [];
  const values = [held.map(({ slug }) => slug), held.map(({ token }) => token)];
  const rows = await insist(STATEMENT_MS, (again) => db.rows(MOVE, [clock.value, ...values, from, to, again]));
  const moved = new Set(rows.map(([token]) => token));
  return held.flatMap(({ token }) => (moved.has(token) ? [token] : []));
}
