import type { Standing, StoredJob } from "../../core/job.js";
import type { Connection } from "./connection.js";
import { bytes, type Mutable, progressOf, progressText, type UnfinishedJob } from "./job-row.js";

/** The parts of a job that may be long, in a row of their own that exists only where one of them does. */
type Info = Pick<Standing, "last" | "progress" | "lastResult" | "checkpoint">;

export function needsInfo(job: Info): boolean {
  return (
    Boolean(job.last?.error) || Boolean(job.lastResult?.length) || Boolean(job.progress) || Boolean(job.checkpoint)
  );
}

const PUT = `INSERT INTO job_info (id, last_error, progress, last_result, checkpoint) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET last_error = excluded.last_error, progress = excluded.progress,
    last_result = excluded.last_result, checkpoint = excluded.checkpoint`;

/** Makes the row what `job` says, and answers whether there is one now. `had`: there was one before. */
export function writeInfo(db: Connection, id: number, job: Info, had: boolean): boolean {
  if (needsInfo(job)) {
    const { last, progress, lastResult, checkpoint } = job;
    db.run(PUT, [
      id,
      last?.error ? JSON.stringify(last.error) : null,
      progress ? progressText(progress) : null,
      lastResult?.length ? lastResult : null,
      checkpoint ?? null,
    ]);
    return true;
  }
  if (had) db.run("DELETE FROM job_info WHERE id = ?", [id]);
  return false;
}

const SELECT_ALL = "SELECT i.id, i.last_error, i.progress, i.last_result, i.checkpoint";
const SELECT_SHORT = "SELECT i.id, i.last_error, i.progress, NULL, NULL";
const OF_IDS = " FROM json_each(?) k CROSS JOIN job_info i ON i.id = k.value";

/** Fills in what the jobs' own rows don't hold; without `blobs`, neither result nor checkpoint. */
export function addInfo(db: Connection, read: readonly UnfinishedJob[], blobs: boolean): void {
  const jobs = new Map<number, Mutable<StoredJob>>();
  for (const { id, hasInfo, job } of read) if (hasInfo) jobs.set(id, job);
  if (jobs.size > 0) {
    for (const row of db.all((blobs ? SELECT_ALL : SELECT_SHORT) + OF_IDS, [JSON.stringify([...jobs.keys()])])) {
      const [id, lastError, progress, lastResult, checkpoint] = row;
      const job = jobs.get(Number(id));
      if (!job) continue;
      if (typeof lastError === "string" && job.last) job.last = { ...job.last, error: JSON.parse(lastError) as string };
      if (typeof progress === "string") job.progress = progressOf(progress);
      if (lastResult instanceof Uint8Array) job.lastResult = bytes(lastResult);
      if (checkpoint instanceof Uint8Array) job.checkpoint = bytes(checkpoint);
    }
  }
  if (!blobs) for (const { job } of read) delete job.lastResult;
}
