import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { EditContext } from "../../src/core/edits.js";
import { NO_COUNTS, type StoredJob } from "../../src/core/job.js";
import { newJob } from "../../src/core/new-job.js";
import type { Effect, Outcome } from "../../src/core/outcome.js";
import { DEFAULT_POLICY, type Policy } from "../../src/core/policy.js";
import type { TriggerInput } from "../../src/core/trigger.js";

/** 2025-01-01T00:00:00Z plus so many seconds. */
export function at(seconds: number): Date {
  return new Date(Date.UTC(2025, 0, 1) + seconds * 1_000);
}

export const everySecond: TriggerInput = { type: "interval", everyMs: 1_000, anchor: at(0) };
export const once: TriggerInput = { type: "once" };
export const TOKEN = "00112233445566778899aabbccddeeff";
export const RUN_ID = "run-1";

export function stored(trigger: TriggerInput, changes: Partial<StoredJob> = {}): StoredJob {
  const job = newJob(
    {
      slug: "a",
      uid: "0123456789abcdef",
      kind: "mail",
      priority: 2,
      trigger,
      policy: {},
      payload: new Uint8Array([1]),
      contentType: "",
      labels: {},
      traceContext: {},
    },
    at(0),
  );
  return { ...job, ...changes };
}

/** As a store's lock leaves it, at its due time unless said otherwise. */
export function locked(job: StoredJob, since = job.due ?? at(0)): StoredJob {
  const { due, ...rest } = job;
  return {
    ...rest,
    attempt: job.attempt + 1,
    fence: job.fence + 1,
    rev: job.rev + 1,
    lock: { token: TOKEN, lease: "L1", since },
  };
}

export function effect(outcome: Outcome, endedAt: Date, changes: Partial<Effect> = {}): Effect {
  return { outcome, by: "worker", endedAt, unit: 0.5, workerId: "w", serverId: "s", ...changes };
}

export const success: Outcome = { type: "success", result: new Uint8Array() };
export const failure: Outcome = { type: "failure", error: "no" };

export function policy(changes: Partial<Policy> = {}, retry: Partial<Policy["retry"]> = {}): Policy {
  return { ...DEFAULT_POLICY, ...changes, retry: { ...DEFAULT_POLICY.retry, ...retry } };
}

export function counts(changes: Partial<StoredJob["counts"]>): StoredJob["counts"] {
  return { ...NO_COUNTS, ...changes };
}

export function context(now: Date): EditContext {
  return {
    now,
    policyOf: () => DEFAULT_POLICY,
    runIdOf: (token) => createHash("sha256").update(token, "hex").digest("hex").slice(0, 32),
  };
}

/** The job that an edit writes. */
export function written(edit: { write?: { type: string; job?: StoredJob } }): StoredJob {
  assert.ok(edit.write?.job, "nothing was written");
  const { job } = edit.write;
  const claimable = !job.lock && !job.dead && !job.expireAt && (!job.pause || job.cause === "run_job");
  assert.deepEqual(job.due, claimable ? job.at : undefined, "due exists exactly while the job is claimable");
  return job;
}
