import type { StoredJob } from "../../core/job.js";
import type { Settled } from "../../core/settle.js";
import type { AmendResult, AmendWrite, ReleaseResult, ReleaseWrite } from "../store.js";
import { document, ownBytes, ownRun } from "./documents.js";
import type { History } from "./history.js";
import type { Jobs } from "./jobs.js";

/** Writes what the holder of a lock learned, or frees it. */
export function amend(jobs: Jobs, write: AmendWrite, now: Date): AmendResult {
  const job = jobs.get(write.slug);
  if (job?.lock?.token !== write.token || job.lock.lease !== write.lease) return { status: "moved" };
  if (write.etag !== undefined && job.etag !== write.etag) return { status: "changed", job };
  if ("free" in write) {
    end(jobs, job, write.free, now);
    return { status: "recorded" };
  }
  const { etag, fence, lock, pause } = job;
  const marks = { etag, rev: job.rev + 1, fence, updatedAt: now, lock, pause };
  jobs.write(job.slug, Object.assign(document(job, job, marks, job.payload), write.keep));
  return { status: "recorded" };
}

/** Ends one attempt: the job's write and its run together, as nothing can come between them here. */
export function release(jobs: Jobs, history: History, write: ReleaseWrite, now: Date): ReleaseResult {
  const job = jobs.get(write.slug);
  if (job?.lock?.token !== write.token) return settledBefore(job, history, write);
  if (write.lease !== undefined && job.lock.lease !== write.lease) return { status: "moved" };
  if (job.etag !== write.etag) return { status: "changed", job };
  const run = ownRun(write.run);
  end(jobs, job, write.settled, now, run.result);
  history.add(run);
  return { status: "recorded" };
}

/** A worker that reports twice is told what it was told before; what a server or a caller ended is not the worker's. */
function settledBefore(
  job: StoredJob | undefined,
  history: History,
  { slug, token, run }: ReleaseWrite,
): ReleaseResult {
  const stored = history.get(token);
  const last = job?.last?.token === token ? job.last : undefined;
  const by = stored?.slug === slug ? stored.by : last?.by;
  return { status: by === "worker" && run.by === "worker" ? "recorded" : "stale" };
}

/** `result`: what the attempt that ended here brought, in bytes that nobody else writes to. */
function end(jobs: Jobs, job: StoredJob, settled: Settled, now: Date, result?: Uint8Array): void {
  if (settled.type === "delete") {
    jobs.write(job.slug, undefined);
    return;
  }
  const { etag, fence, pause } = job;
  const marks = { etag, rev: job.rev + 1, fence, updatedAt: now, pause };
  const payload = settled.payload ? ownBytes(settled.payload) : job.payload;
  const next = document(job, settled.standing, marks, payload);
  const isNew = result && next.last?.state === "succeeded";
  jobs.write(job.slug, isNew ? Object.assign(next, { lastResult: result }) : next);
}
