import type { AmendResult, AmendWrite } from "../store.js";
import type { Value } from "./connection.js";
import type { Context } from "./context.js";
import { progressText } from "./job-row.js";
import { changed, freeJobs, type Guard, guardsOf } from "./release.js";
import { countsText, type StandingText } from "./standing-text.js";

type Keep = Extract<AmendWrite, { readonly keep: unknown }>["keep"];

/** `Store.amend`, inside a transaction. */
export function amendJobs(context: Context, writes: readonly AmendWrite[]): AmendResult[] {
  return writes.map((write) => amend(context, write));
}

function amend(context: Context, write: AmendWrite): AmendResult {
  const [guard] = guardsOf(context, [write.slug]);
  if (!guard || guard.token !== write.token || guard.lease !== write.lease) return { status: "moved" };
  if ("keep" in write) {
    keep(context, guard, write.keep);
    return { status: "recorded" };
  }
  if (guard.etag !== write.etag) return changed(context, write.slug);
  freeJobs(context, [{ guard, settled: write.free }]);
  return { status: "recorded" };
}

const STANDING = "SELECT standing FROM job_state WHERE id = ?";
const WRITE = "UPDATE job_state SET standing = ?, at = coalesce(?, at), info = ?, rev = rev + 1 WHERE id = ?";

function keep(context: Context, guard: Guard, kept: Keep): void {
  const { db } = context;
  const stored = JSON.parse(db.get(STANDING, [guard.id])?.[0] as string) as StandingText;
  const standing: { [name in keyof StandingText]: StandingText[name] | undefined } = {
    ...stored,
    ...(kept.occurrence && { occurrence: kept.occurrence.getTime() }),
    ...(kept.triggerCount !== undefined && { triggerCount: kept.triggerCount }),
    ...(kept.counts && { counts: countsText(kept.counts) }),
  };
  const hasInfo = keepInfo(context, guard.id, kept) || guard.hasInfo;
  db.run(WRITE, [JSON.stringify(standing), kept.at?.getTime() ?? null, hasInfo ? 1 : 0, guard.id]);
}

const KEEP_INFO = `INSERT INTO job_info (id, progress, checkpoint) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET
  progress = coalesce(excluded.progress, progress), checkpoint = coalesce(excluded.checkpoint, checkpoint)`;

function keepInfo(context: Context, id: number, { progress, checkpoint }: Keep): boolean {
  if (!progress && !checkpoint) return false;
  const values: Value[] = [id, progress ? progressText(progress) : null, checkpoint ?? null];
  context.db.run(KEEP_INFO, values);
  return true;
}
