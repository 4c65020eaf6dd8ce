import assert from "node:assert/strict";
import { claimable, type EditContext } from "../../../src/core/edits.js";
import { type JobDefinition, NO_COUNTS, type StoredJob } from "../../../src/core/job.js";
import type { StoredKind } from "../../../src/core/kind.js";
import { etagOf } from "../../../src/core/new-job.js";
import { DEFAULT_POLICY, type Policy } from "../../../src/core/policy.js";
import { runIdOf, type Store } from "../../../src/store/store.js";
import { at } from "./clock.js";

export interface JobShape extends Partial<Omit<StoredJob, "due" | "slug">> {
  /** Its first occurrence. Default: `at(0)`. */
  readonly dueAt?: Date;
  /** Recurring, from `dueAt` on; without it the job runs once. */
  readonly everyMs?: number;
}

let made = 0;

/** A job as it is stored first, of kind "mail" where nothing is said, with `due` as the invariant has it. */
export function job(slug: string, shape: JobShape = {}): StoredJob {
  const { dueAt = at(0), everyMs, ...changes } = shape;
  const uid = (++made).toString(16).padStart(16, "0");
  const definition: JobDefinition = {
    slug,
    uid,
    kind: "mail",
    priority: 2,
    trigger: everyMs ? { type: "interval", everyMs, anchor: dueAt } : { type: "once", time: dueAt },
    triggerFrom: at(0),
    policy: {},
    payload: new Uint8Array(0),
    contentType: "",
    labels: {},
    traceContext: {},
    createdAt: at(0),
  };
  return claimable({
    ...definition,
    occurrence: dueAt,
    cause: "trigger",
    ...(!changes.dead && !changes.expireAt && { at: dueAt }),
    attempt: 0,
    failures: 0,
    releases: 0,
    snoozes: 0,
    losses: 0,
    triggerCount: 1,
    counts: NO_COUNTS,
    etag: etagOf(uid, 1),
    rev: 1,
    fence: at(0).getTime() * 1_000,
    updatedAt: at(0),
    ...changes,
  });
}

/** Stores jobs that must all be new. */
export async function put(store: Store, ...jobs: readonly StoredJob[]): Promise<void> {
  for (let i = 0; i < jobs.length; i += 1_000) {
    const results = await store.create(jobs.slice(i, i + 1_000).map((one) => ({ job: one, retry: false })));
    for (const { status } of results) assert.equal(status, "created");
  }
}

/** The stored job, which must be there. */
export async function read(store: Store, slug: string): Promise<StoredJob> {
  const found = await store.get(slug);
  assert.ok(found, `no job ${slug}`);
  return found;
}

export function policy(changes: Partial<Policy> = {}, retry: Partial<Policy["retry"]> = {}): Policy {
  return { ...DEFAULT_POLICY, ...changes, retry: { ...DEFAULT_POLICY.retry, ...retry } };
}

export function editing(now: Date): EditContext {
  return { now, policyOf: () => DEFAULT_POLICY, runIdOf };
}

export function kind(name: string, changes: Partial<StoredKind> = {}): StoredKind {
  const times = { createdAt: at(0), updatedAt: at(0) };
  return { name, description: "", policy: {}, maxRunning: 0, etag: "e1", ...times, ...changes };
}

/** From 0 to, and without, `count`. */
export function range(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n);
}
