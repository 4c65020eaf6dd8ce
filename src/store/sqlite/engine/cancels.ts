import type { CancelNotice } from "../../../core/edit.js";
import type { NoticeWrite } from "../wire.js";
import type { Context } from "./context.js";

const PUT = "INSERT OR REPLACE INTO cancels (token, lease, slug, reason, expire_at) VALUES (?, ?, ?, ?, ?)";

/** A token's newer notice takes the place of the older one, and goes to the end. */
export function putCancel(context: Context, notice: NoticeWrite): void {
  context.db.run(PUT, notice);
}

const OF_LEASE = "SELECT token, slug, reason FROM cancels WHERE lease = ? ORDER BY id";

export function cancelsOf(context: Context, lease: string): CancelNotice[] {
  return context.db.all(OF_LEASE, [lease]).map((row) => {
    const [token, slug, reason] = row as [string, string, CancelNotice["reason"]];
    return { token, lease, slug, reason };
  });
}

export function dropCancels(context: Context, tokens: readonly string[]): void {
  context.db.run("DELETE FROM cancels WHERE token IN (SELECT value FROM json_each(?))", [JSON.stringify(tokens)]);
}
