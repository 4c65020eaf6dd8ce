import type { CancelNotice } from "../../core/edit.js";
import type { Context } from "./context.js";

/** A server that has not asked for so long is gone, and its tasks with it. */
const KEPT_MS = 3_600_000;

const PUT = "INSERT OR REPLACE INTO cancels (token, lease, slug, reason, expire_at) VALUES (?, ?, ?, ?, ?)";

/** A token's newer notice takes the place of the older one, and goes to the end. */
export function putCancel(context: Context, { token, lease, slug, reason }: CancelNotice): void {
  context.db.run(PUT, [token, lease, slug, reason, context.clock().getTime() + KEPT_MS]);
}

const OF_LEASE = "SELECT token, slug, reason FROM cancels WHERE lease = ? ORDER BY id";

/** `Store.cancels`. */
export function cancelsOf(context: Context, lease: string): CancelNotice[] {
  return context.db.all(OF_LEASE, [lease]).map((row) => {
    const [token, slug, reason] = row as [string, string, CancelNotice["reason"]];
    return { token, lease, slug, reason };
  });
}

/** `Store.dropCancels`, inside a transaction. */
export function dropCancels(context: Context, tokens: readonly string[]): void {
  context.db.run("DELETE FROM cancels WHERE token IN (SELECT value FROM json_each(?))", [JSON.stringify(tokens)]);
}
