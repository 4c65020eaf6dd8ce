import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NO_COUNTS, type OutcomeSource, type RunState, type StoredJob } from "../../src/core/job.js";
import type { Run } from "../../src/core/run.js";
import { type LockRequest, type NewJob, type ReleaseWrite, runIdOf } from "../../src/store/store.js";

/** A folder of its own for a file, removed at the end of the test. */
export function temporaryFolder(t: { after(done: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), "tickwire-sqlite-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A job that runs once, as `newJob` makes it. */
export function onceJob(slug: string, due: Date, changes: Partial<StoredJob> = {}): StoredJob {
  const uid = randomBytes(16).toString("hex");
  return {
    slug,
    uid,
    kind: "mail",
    priority: 2,
    trigger: { type: "once", time: due },
    triggerFrom: due,
    policy: {},
    payload: new Uint8Array([1, 2, 3]),
    contentType: "",
    labels: {},
    traceContext: {},
    createdAt: due,
    updatedAt: due,
    occurrence: due,
    at: due,
    due,
    cause: "trigger",
    attempt: 0,
    failures: 0,
    releases: 0,
    snoozes: 0,
    losses: 0,
    triggerCount: 1,
    counts: NO_COUNTS,
    etag: `${uid.slice(0, 8)}-1`,
    rev: 1,
    fence: due.getTime() * 1_000,
    ...changes,
  };
}

export function item(job: StoredJob): NewJob {
  return { job, retry: false };
}

export function request(lease: string, now: Date, limit: number, changes: Partial<LockRequest> = {}): LockRequest {
  return { room: new Map([["mail", limit]]), maxRunning: new Map(), lease, now, limit, ...changes };
}

/** The end of a job that runs once: its run, and nothing more of it. */
export function finished(
  job: StoredJob,
  endedAt: Date,
  state: RunState = "succeeded",
  by: OutcomeSource = "worker",
): ReleaseWrite {
  const token = job.lock?.token ?? "";
  const run: Run = {
    token,
    runId: runIdOf(token),
    slug: job.slug,
    jobUid: job.uid,
    kind: job.kind,
    occurrence: job.occurrence,
    cause: job.cause,
    attempt: job.attempt,
    state,
    by,
    dueAt: job.occurrence,
    startedAt: job.lock?.since ?? endedAt,
    endedAt,
    error: "",
    result: new Uint8Array(0),
    resultTruncated: false,
    workerId: "w",
    serverId: "s",
    ...(job.createId !== undefined && { createId: job.createId }),
    hidden: false,
    expireAt: new Date(endedAt.getTime() + 604_800_000),
    effect: {
      outcome: { type: "success", result: new Uint8Array(0) },
      by,
      endedAt,
      unit: 0,
      workerId: "w",
      serverId: "s",
    },
  };
  return { slug: job.slug, token, etag: job.etag, settled: { type: "delete" }, run };
}
