import assert from "node:assert/strict";
import type { OutcomeSource, StoredJob } from "../../../src/core/job.js";
import type { Outcome } from "../../../src/core/outcome.js";
import { DEFAULT_POLICY, type Policy } from "../../../src/core/policy.js";
import type { Run } from "../../../src/core/run.js";
import { settle } from "../../../src/core/settle.js";
import { type ReleaseResult, type ReleaseWrite, runIdOf, type Store } from "../../../src/store/store.js";

export interface Claim {
  readonly lease: string;
  readonly now: Date;
  /** Each with the same room. Default: "mail". */
  readonly kinds?: readonly string[];
  /** Default 1,000. */
  readonly room?: number;
  /** Default 1,000. */
  readonly limit?: number;
  readonly maxRunning?: Readonly<Record<string, number>>;
}

/** Takes what is due. */
export async function claim(store: Store, wanted: Claim): Promise<StoredJob[]> {
  const { lease, now, kinds = ["mail"], room = 1_000, limit = 1_000, maxRunning = {} } = wanted;
  return await store.lock({
    room: new Map(kinds.map((name) => [name, room])),
    maxRunning: new Map(Object.entries(maxRunning)),
    lease,
    now,
    limit,
  });
}

/** Takes the one job that is due. */
export async function claimOne(store: Store, wanted: Claim): Promise<Task> {
  const [taken, ...others] = await claim(store, wanted);
  assert.ok(taken, "nothing is due");
  assert.equal(others.length, 0, "more than one was due");
  return task(taken);
}

export async function open(store: Store, serverId = "s1"): Promise<string> {
  return await store.openLease({ serverId, ttlMs: 6_000, version: "test" });
}

/** A job whose task is out. */
export type Task = StoredJob & { readonly lock: NonNullable<StoredJob["lock"]> };

export function task(locked: StoredJob | undefined): Task {
  assert.ok(locked?.lock, "the job is not locked");
  return { ...locked, lock: locked.lock };
}

export interface Ending {
  /** Default: success. */
  readonly outcome?: Outcome;
  /** Default: "worker". */
  readonly by?: OutcomeSource;
  /** Of the server that decided it. */
  readonly lease?: string;
  /** Default: the hand-out. */
  readonly endedAt?: Date;
  readonly policy?: Policy;
}

export const success: Outcome = { type: "success", result: new Uint8Array(0) };
export const failure: Outcome = { type: "failure", error: "no" };
export const lost: Outcome = { type: "lost", error: "its worker is gone" };

/** The write that ends an attempt so, computed from this document. */
export function ending(out: StoredJob, how: Ending = {}): ReleaseWrite {
  const { lock } = task(out);
  const { outcome = success, by = "worker", lease, endedAt = lock.since, policy = DEFAULT_POLICY } = how;
  const effect = { outcome, by, endedAt, unit: 0.5, workerId: "w1", serverId: "s1" };
  const { settled, run } = settle(out, policy, effect, runIdOf(lock.token));
  return { slug: out.slug, token: lock.token, ...(lease !== undefined && { lease }), etag: out.etag, settled, run };
}

/** A server's word that the worker is gone. */
export function losing(out: Task, how: Ending = {}): ReleaseWrite {
  return ending(out, { outcome: lost, by: "server", lease: out.lock.lease, ...how });
}

/** One release, as it is answered. */
export async function release(store: Store, write: ReleaseWrite): Promise<ReleaseResult> {
  const [result] = await store.release([write]);
  assert.ok(result);
  return result;
}

export async function finish(store: Store, out: StoredJob, how: Ending = {}): Promise<ReleaseResult["status"]> {
  return (await release(store, ending(out, how))).status;
}

/** As the recorder does it: settles again on the newest document as long as callers write in between. */
export async function record(store: Store, out: StoredJob, how: Ending = {}): Promise<ReleaseResult["status"]> {
  for (let newest = out; ; ) {
    const result = await release(store, ending(newest, how));
    if (result.status !== "changed") return result.status;
    newest = result.job;
  }
}

/** Every run that lists show, newest first. */
export async function runsOf(store: Store, slug?: string): Promise<Run[]> {
  const runs: Run[] = [];
  for (let after: string | undefined; ; ) {
    const filter = slug === undefined ? {} : { slug };
    const page = await store.listRuns({ filter, limit: 100, results: true, ...(after !== undefined && { after }) });
    runs.push(...page.items);
    if (page.next === undefined) return runs;
    after = page.next;
  }
}

/** Runs without what only stores that need it keep. */
export function facts(run: Run): Omit<Run, "effect"> {
  const { effect, ...rest } = run;
  return rest;
}

/** Every job that matches, in the order of the pages. */
export async function listed(
  store: Store,
  filter: Parameters<Store["list"]>[0]["filter"] = {},
  limit = 100,
): Promise<StoredJob[]> {
  const jobs: StoredJob[] = [];
  for (let after: string | undefined; ; ) {
    const page = await store.list({ filter, limit, payloads: true, ...(after !== undefined && { after }) });
    jobs.push(...page.items);
    if (page.next === undefined) return jobs;
    after = page.next;
  }
}

export function slugs(jobs: readonly StoredJob[]): string[] {
  return jobs.map(({ slug }) => slug);
}
