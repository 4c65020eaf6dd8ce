import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Counts, StoredJob } from "../../src/core/job.js";
import type { Outcome } from "../../src/core/outcome.js";
import type { Policy } from "../../src/core/policy.js";
import { type Settled, settle } from "../../src/core/settle.js";
import { at, counts, effect, everySecond, locked, once, policy, RUN_ID, stored, TOKEN } from "./job-builder.js";

/** Why the task ran. Each ends at 5 s, when the trigger's times from 2 s to 5 s are pending. */
const recurring = locked(stored(everySecond));
const regular = { occurrence: at(1), at: at(1) };
const CAUSES: Readonly<Record<string, StoredJob>> = {
  recurring,
  "the last one": locked(stored({ ...everySecond, maxOccurrences: 1 })),
  "past its end": locked(stored({ ...everySecond, endTime: at(1.5) })),
  "fixed delay": locked(stored({ type: "fixed_delay", everyMs: 1_000 })),
  once: locked(stored(once)),
  "by hand": { ...recurring, occurrence: at(3.5), at: at(3.5), byHand: true },
  "run_job, regular kept": { ...recurring, cause: "run_job", occurrence: at(0.5), regular },
  "run_job, nothing kept": { ...recurring, cause: "run_job", occurrence: at(0.5) },
  backfill: { ...locked(stored(once)), cause: "backfill", backfillOf: "b" },
};

interface OutcomeRow {
  readonly outcome: Outcome;
  /** A second attempt of at most two. */
  readonly isLast?: true;
  readonly isCancelled?: true;
  readonly counted: keyof Counts;
}

const success: Outcome = { type: "success", result: new Uint8Array() };
const failure: Outcome = { type: "failure", error: "" };
const lost: Outcome = { type: "lost", error: "" };
const OUTCOMES: Readonly<Record<string, OutcomeRow>> = {
  success: { outcome: success, counted: "succeeded" },
  "success, next 60": { outcome: { ...success, nextTime: at(60) } as Outcome, counted: "succeeded" },
  "success, last run": { outcome: { ...success, lastRun: true } as Outcome, counted: "succeeded" },
  "success, cancelled": { outcome: success, isCancelled: true, counted: "succeeded" },
  failure: { outcome: failure, counted: "failed" },
  "failure, last attempt": { outcome: failure, isLast: true, counted: "failed" },
  "failure, permanent": { outcome: { ...failure, permanent: true } as Outcome, counted: "failed" },
  "failure, cancelled": { outcome: failure, isCancelled: true, counted: "cancelled" },
  timeout: { outcome: { type: "timed_out", error: "" }, counted: "failed" },
  "timeout, last attempt": { outcome: { type: "timed_out", error: "" }, isLast: true, counted: "failed" },
  lost: { outcome: lost, counted: "lost" },
  "lost, last attempt": { outcome: lost, isLast: true, counted: "lost" },
  "lost, cancelled": { outcome: lost, isCancelled: true, counted: "cancelled" },
  released: { outcome: { type: "released" }, counted: "released" },
  snoozed: { outcome: { type: "snoozed", delayMs: 1_000 }, counted: "snoozed" },
  "handed back": { outcome: { type: "handed_back", error: "" }, counted: "released" },
  cancelled: { outcome: { type: "cancelled" }, isCancelled: true, counted: "cancelled" },
  "cancelled, unasked": { outcome: { type: "cancelled" }, counted: "failed" },
};

const KEPT_MS = 60_000;
const POLICIES: Readonly<Record<string, Policy>> = {
  "on_exhausted next": policy({}, { maxAttempts: 2 }),
  "on_exhausted dead": policy({}, { maxAttempts: 2, onExhausted: "dead" }),
  "job_retention 60 s": policy({ jobRetentionMs: KEPT_MS }, { maxAttempts: 2 }),
};

/**
 * What becomes of the job, by the policies in their order where they differ. "next 2": goes on with the trigger's occurrence of
 * second 2; "retry", "again": the same occurrence, counted and uncounted; "kept": completed.
 */
const ENDS_WELL = { recurring: "next 2", ...over("gone gone kept"), "fixed delay": "next 6", "by hand": "next 4" };
const GIVES_UP = {
  recurring: "next 2 | dead | next 2",
  ...over("dead"),
  "fixed delay": "next 6 | dead | next 6",
  "by hand": "next 4 | dead | next 4",
  "run_job, regular kept": "next 1 | dead | next 1",
};
const CANCELLED = { recurring: "next 2", ...over("dead"), "fixed delay": "next 6", "by hand": "next 4" };

/** Of those that nothing follows; a kept occurrence follows RunJob's. */
function over(ended: string): Record<string, string> {
  const told = ended.split(" ").join(" | ");
  const names = ["the last one", "past its end", "once", "run_job, nothing kept", "backfill"];
  return { ...Object.fromEntries(names.map((name) => [name, told])), "run_job, regular kept": "next 1" };
}

function all(told: string): Record<string, string> {
  return Object.fromEntries(Object.keys(CAUSES).map((name) => [name, told]));
}

const TABLE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  success: ENDS_WELL,
  "success, next 60": {
    ...all("by hand 60"),
    "the last one": "gone | gone | kept",
    "past its end": "gone | gone | kept",
    backfill: "gone | gone | kept",
  },
  "success, last run": all("gone | gone | kept"),
  "success, cancelled": ENDS_WELL,
  failure: all("retry"),
  "failure, last attempt": GIVES_UP,
  "failure, permanent": GIVES_UP,
  "failure, cancelled": CANCELLED,
  timeout: all("retry"),
  "timeout, last attempt": GIVES_UP,
  lost: all("retry"),
  "lost, last attempt": GIVES_UP,
  "lost, cancelled": CANCELLED,
  released: all("again"),
  snoozed: all("again"),
  "handed back": all("again"),
  cancelled: CANCELLED,
  "cancelled, unasked": all("retry"),
};

function told(job: StoredJob, settled: Settled): string {
  if (settled.type === "delete") return "gone";
  const { standing } = settled;
  assert.deepEqual(standing.due, standing.at, "not paused: what has a time may be claimed");
  if (standing.expireAt) {
    assert.deepEqual([standing.at, standing.expireAt], [undefined, new Date(at(5).getTime() + KEPT_MS)]);
    return "kept";
  }
  if (standing.dead) {
    assert.equal(standing.at, undefined);
    return "dead";
  }
  const second = (standing.occurrence.getTime() - at(0).getTime()) / 1_000;
  if (standing.occurrence > job.occurrence) {
    assert.deepEqual([standing.attempt, standing.failures, standing.cause], [0, 0, "trigger"]);
    return standing.byHand ? `by hand ${second}` : `next ${second}`;
  }
  assert.deepEqual([standing.occurrence, standing.cause], [job.occurrence, job.cause]);
  assert.deepEqual([standing.byHand, standing.regular], [job.byHand, job.regular]);
  return standing.attempt === job.attempt ? "retry" : "again";
}

describe("settle, every outcome by every cause and policy", () => {
  for (const [outcomeName, row] of Object.entries(OUTCOMES)) {
    for (const [cause, base] of Object.entries(CAUSES)) {
      const expected = (TABLE[outcomeName]?.[cause] ?? "not told").split(" | ");
      for (const [n, [policyName, of]] of Object.entries(POLICIES).entries()) {
        const becomes = expected[n] ?? expected[0] ?? "";
        it(`${outcomeName}, ${cause}, ${policyName}: ${becomes}`, () => {
          const job = {
            ...base,
            ...(row.isLast && { attempt: 2, failures: 1 }),
            ...(row.isCancelled && { cancel: TOKEN }),
          };
          const ended = effect(row.outcome, at(5));
          const { settled, run } = settle(job, of, ended, RUN_ID);
          assert.equal(told(job, settled), becomes);
          assert.equal(run.cause, job.cause);
          for (const misfire of ["skip", "replay"] as const) {
            assert.deepEqual(settle(job, { ...of, misfire }, ended, RUN_ID), { settled, run }, "misfires are start's");
          }
          if (settled.type === "delete") return;
          const isOver = !["retry", "again"].includes(becomes);
          const gaveUp = isOver && !["succeeded", "cancelled"].includes(row.counted);
          assert.deepEqual(
            settled.standing.counts,
            counts({
              [row.counted]: 1,
              ...(isOver && job.cause === "trigger" && { occurrences: 1, exhausted: gaveUp ? 1 : 0 }),
            }),
          );
          // What the trigger gave: one more where it gives the next; RunJob's gives its place to a time set by hand.
          const isGiven = /^(next|by hand)/.test(becomes) && !job.regular;
          assert.equal(settled.standing.triggerCount, job.triggerCount + (isGiven ? 1 : 0));
        });
      }
    }
  }
});
