import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { StoredJob } from "../../src/core/job.js";
import { settle } from "../../src/core/settle.js";
import { start } from "../../src/core/start.js";
import {
  at,
  counts,
  effect,
  everySecond,
  failure,
  locked,
  once,
  policy,
  RUN_ID,
  stored,
  success,
} from "./job-builder.js";

const recurring = locked(stored(everySecond));

describe("start, FIRE_ONCE", () => {
  const cases: [string, StoredJob, number, Partial<StoredJob> | undefined][] = [
    ["on time: as it is", recurring, 1.4, undefined],
    [
      "four pending: the newest runs, the others are missed",
      recurring,
      4.4,
      { occurrence: at(4), at: at(4), triggerCount: 4, counts: counts({ missed: 3, occurrences: 3 }) },
    ],
    [
      "exactly at the next one",
      recurring,
      2,
      { occurrence: at(2), at: at(2), triggerCount: 2, counts: counts({ missed: 1, occurrences: 1 }) },
    ],
    ["an occurrence that began keeps its time: retried", { ...recurring, attempt: 2 }, 400, undefined],
    ["an occurrence that began keeps its time: released", { ...recurring, releases: 1 }, 400, undefined],
    ["an occurrence that began keeps its time: snoozed", { ...recurring, snoozes: 1 }, 400, undefined],
    ["a time set by hand runs", { ...recurring, byHand: true }, 400, undefined],
    ["RunJob's runs", { ...recurring, cause: "run_job" }, 400, undefined],
    ["a job that runs once always runs", locked(stored(once)), 400_000, undefined],
  ];
  for (const [name, job, now, keep] of cases) {
    it(name, () => {
      const answer = start(job, policy(), at(now));
      assert.equal(answer.type, "run");
      assert.deepEqual(answer.type === "run" ? answer.keep : 0, keep);
    });
  }

  it("an outage of ten years of a 1 s job is decided within 5 ms", () => {
    start(recurring, policy(), at(10));
    const from = performance.now();
    const answer = start(recurring, policy(), at(315_360_000));
    assert.ok(performance.now() - from < 5);
    assert.equal(answer.type === "run" && answer.keep?.counts.missed, 315_359_999);
  });
});

describe("start and settle through random histories", () => {
  it("each due time is later than the settled occurrence, FIRE_ONCE runs once an outage, and the counts add up", () => {
    const step = fc.record({
      outageMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 100_000 })),
      runMs: fc.oneof(fc.constant(10), fc.integer({ min: 0, max: 10_000 })),
      outcome: fc.constantFrom("success", "failure", "lost", "released", "snoozed", "permanent"),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (steps, unit) => {
        let job = stored(everySecond);
        let now = 0;
        const ran = new Set<number>();
        for (const { outageMs, runMs, outcome } of steps) {
          assert.ok(job.due);
          now = Math.max(now, job.due.getTime() - at(0).getTime()) + outageMs;
          const begun = job.attempt > 0 || job.releases > 0 || job.snoozes > 0;
          let out = locked(job, at(now / 1_000));
          const decided = start(out, policy(), at(now / 1_000));
          assert.equal(decided.type, "run");
          if (decided.type === "run" && decided.keep) out = { ...out, ...decided.keep };
          if (!begun) {
            assert.ok(!ran.has(out.occurrence.getTime()), "an occurrence ran twice");
            assert.ok(at(now / 1_000).getTime() - out.occurrence.getTime() < 1_000, "not the newest pending one");
            ran.add(out.occurrence.getTime());
          }
          now += runMs;
          const said = {
            success,
            failure,
            lost: { type: "lost", error: "" },
            released: { type: "released" },
            snoozed: { type: "snoozed", delayMs: 1_000 },
            permanent: { type: "failure", error: "", permanent: true },
          } as const;
          const { settled } = settle(
            out,
            policy({}, { maxAttempts: 3 }),
            effect(said[outcome], at(now / 1_000), { unit }),
            RUN_ID,
          );
          assert.equal(settled.type, "put");
          if (settled.type !== "put") return;
          const { lock, ...unlocked } = out;
          job = { ...unlocked, ...settled.standing };
          if (job.attempt === 0 && job.releases === 0 && job.snoozes === 0) assert.ok(job.occurrence > out.occurrence);
          assert.deepEqual(job.due, job.at);
          const passed = Math.round((job.occurrence.getTime() - at(1).getTime()) / 1_000);
          assert.equal(job.counts.occurrences, passed, "occurrences are those that passed");
          const { succeeded, exhausted, missed } = job.counts;
          assert.equal(
            succeeded + exhausted + missed,
            passed,
            "each passed occurrence succeeded, gave up, or was missed",
          );
          assert.equal(job.triggerCount, passed + 1);
        }
      }),
    );
  });
});
