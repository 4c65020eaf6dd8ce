import type { Held } from "../../store.js";
import type { JobRows } from "../wire.js";
import type { Context } from "./context.js";
import { readJob } from "./jobs.js";

const ADOPT = `UPDATE job_state SET lock_lease = ?, lock_stream = ?, updated_at = ?, rev = rev + 1
  WHERE slug = ? AND lock_token = ? AND (lock_stream IS NULL OR lock_stream < ?)`;

export function adoptJobs(
  context: Context,
  held: readonly Held[],
  lease: string,
  stream: number,
  nowMs: number,
): (JobRows | undefined)[] {
  return held.map(({ slug, token }) =>
    context.db.run(ADOPT, [lease, stream, nowMs, slug, token, stream]) === 1 ? readJob(context, slug) : undefined,
  );
}

const MOVE =
  "UPDATE job_state SET lock_lease = ?, updated_at = ?, rev = rev + 1 WHERE slug = ? AND lock_token = ? AND lock_lease = ?";

export function moveLocks(context: Context, held: readonly Held[], from: string, to: string, nowMs: number): string[] {
  const moved = held.filter(({ slug, token }) => context.db.run(MOVE, [to, nowMs, slug, token, from]) === 1);
  return moved.map(({ token }) => token);
}
