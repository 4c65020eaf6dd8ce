import type { CancelNotice } from "../../core/edit.js";
import { type Columns, table } from "./columns.js";
import { type Context, now } from "./context.js";

/** A server that has not asked for its notices for so long is gone, and its tasks with it. */
const KEPT_MS = 3_600_000;

export const NOTICE: Columns = [
  ["token", "text"],
  ["lease", "text"],
  ["slug", "text"],
  ["reason", "text"],
];

/**
 * Part of a statement that writes jobs: leaves the notices of the slugs in `done`. A token's newer notice takes the place of
 * the older one, and goes to the end. The clock is parameter 1.
 */
export function putCancels(done: string, from: number): string {
  return `INSERT INTO @cancels (token, lease, slug, reason, expire_at)
    SELECT c.token, c.lease, c.slug, c.reason, ${now(1)} + ${KEPT_MS} FROM ${table("c", NOTICE, from)}
    JOIN ${done} d ON d.slug = c.slug
    ON CONFLICT (token) DO UPDATE SET id = DEFAULT, lease = excluded.lease, slug = excluded.slug,
      reason = excluded.reason, expire_at = excluded.expire_at`;
}

const OF_LEASE = "SELECT token, lease, slug, reason FROM @cancels WHERE lease = $1 ORDER BY id";

export async function cancelsOf({ db }: Context, lease: string): Promise<CancelNotice[]> {
  return (await db.read(OF_LEASE, [lease])).map((row) => {
    const [token, , slug, reason] = row as [string, string, string, CancelNotice["reason"]];
    return { token, lease, slug, reason };
  });
}

const DROP = "DELETE FROM @cancels WHERE token = ANY ($1::text[])";

export async function dropCancels({ db }: Context, tokens: readonly string[]): Promise<void> {
  if (tokens.length > 0) await db.read(DROP, [[...tokens]]);
}
