import type { AmendItem, JobRows, KeepWrite } from "../wire.js";
import type { Context } from "./context.js";
import { changed, freeJobs, type Guard, guardsOf } from "./release.js";

export function amendJobs(
  context: Context,
  items: readonly AmendItem[],
  nowMs: number,
): ("recorded" | "moved" | JobRows)[] {
  return items.map(([slug, token, lease, write]) => {
    const [guard] = guardsOf(context, [slug]);
    if (!guard || guard.token !== token || guard.lease !== lease) return "moved";
    if (write.etag !== null && guard.etag !== write.etag) return changed(context, slug);
    if ("standing" in write) keep(context, guard, write, nowMs);
    else freeJobs(context, [{ guard, put: write.put }], nowMs);
    return "recorded";
  });
}

const STANDING = "SELECT standing FROM job_state WHERE id = ?";
const WRITE =
  "UPDATE job_state SET standing = ?, at = coalesce(?, at), info = ?, updated_at = ?, rev = rev + 1 WHERE id = ?";

function keep({ db }: Context, guard: Guard, write: KeepWrite, nowMs: number): void {
  const { id } = guard;
  const standing = JSON.parse(db.get(STANDING, [id])?.[0] as string) as object;
  const info = write.progress !== null || write.checkpoint !== null;
  if (info) db.run(KEEP_INFO, [id, write.progress, write.checkpoint]);
  db.run(WRITE, [
    JSON.stringify({ ...standing, ...write.standing }),
    write.atMs,
    info || guard.hasInfo ? 1 : 0,
    nowMs,
    id,
  ]);
}

const KEEP_INFO = `INSERT INTO job_info (id, progress, checkpoint) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET
  progress = coalesce(excluded.progress, progress), checkpoint = coalesce(excluded.checkpoint, checkpoint)`;
