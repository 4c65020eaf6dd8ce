import type { StoredJob } from "../../core/job.js";
import type { Held } from "../store.js";
import type { Context } from "./context.js";
import { readJob } from "./jobs.js";

const ADOPT = `UPDATE job_state SET lock_lease = ?, lock_stream = ?, rev = rev + 1
  WHERE slug = ? AND lock_token = ? AND (lock_stream IS NULL OR lock_stream < ?)`;

/** `Store.adopt`, inside a transaction. */
export function adoptJobs(
  context: Context,
  held: readonly Held[],
  lease: string,
  stream: number,
): (StoredJob | undefined)[] {
  return held.map(({ slug, token }) =>
    context.db.run(ADOPT, [lease, stream, slug, token, stream]) === 1 ? readJob(context, slug)?.job : undefined,
  );
}

const MOVE = `UPDATE job_state SET lock_lease = ?, rev = rev + 1
  WHERE slug = ? AND lock_token = ? AND lock_lease = ?`;

/** `Store.move`, inside a transaction. */
export function moveLocks(context: Context, held: readonly Held[], from: string, to: string): string[] {
  return held
    .filter(({ slug, token }) => context.db.run(MOVE, [to, slug, token, from]) === 1)
    .map(({ token }) => token);
}
