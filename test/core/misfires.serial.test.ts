import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { StoredJob } from "../../src/core/job.js";
import { settle } from "../../src/core/settle.js";
import { type Start, start } from "../../src/core/start.js";
import type { Trigger } from "../../src/core/trigger.js";
import { cron } from "./cron/walk.js";
import { at, effect, locked, policy, RUN_ID, stored, success } from "./job-builder.js";

const YEAR = 365.25 * 86_400;
const everySecond: Trigger = { type: "interval", everyMs: 1_000, anchor: at(0) };
const everyMs: Trigger = { type: "interval", everyMs: 1, anchor: at(0) };
const cronSecond = cron("* * * * * *", "America/New_York");

const OUTAGES: readonly (readonly [name: string, trigger: Trigger, years: number])[] = [
  ["an interval of 1 s, 10 years", everySecond, 10],
  ["an interval of 1 ms, 100 years", everyMs, 100],
  ["a cron trigger of every second, 10 years", cronSecond, 10],
  ["a cron trigger of every second, 100 years", cronSecond, 100],
  ["a daily one, 100 years", cron("30 2 * * *", "Europe/Berlin"), 100],
  ["an interval of 1 s with jitter, 10 years", { ...everySecond, jitterMs: 30_000 }, 10],
  ["a cron trigger with jitter, 10 years", { ...cronSecond, jitterMs: 30_000 }, 10],
  ["an interval that has 1,000,000 left, 10 years", { ...everySecond, maxOccurrences: 1_000_000 }, 10],
  ["a cron trigger that has 1,000,000 left, 10 years", { ...cronSecond, maxOccurrences: 1_000_000 }, 10],
  ["one that ended in between", { ...cronSecond, endTime: at(5 * YEAR) }, 10],
];

/** The quickest of a few tries: what else the machine does is not the question. */
function quickest(turn: () => Start): { readonly ms: number; readonly answer: Start } {
  let found = { ms: Number.POSITIVE_INFINITY, answer: turn() };
  for (let n = 0; n < 5; n++) {
    const from = performance.now();
    const answer = turn();
    found = { ms: Math.min(found.ms, performance.now() - from), answer };
  }
  return found;
}

/** What was missed and what is to run are all that came, or that were left. */
function missedOf(job: StoredJob, answer: Start): number {
  if (answer.type === "run") return (answer.keep?.counts.missed ?? 0) - job.counts.missed;
  return answer.settled.type === "put" ? answer.settled.standing.counts.missed - job.counts.missed : Number.NaN;
}

for (const misfire of ["fire_once", "skip", "replay"] as const) {
  describe(`after a long outage, ${misfire}, a job is settled within 5 ms`, () => {
    for (const [name, trigger, years] of OUTAGES) {
      it(name, () => {
        const job = locked(stored(trigger));
        const of = policy({ misfire, misfireGraceMs: 1, jobRetentionMs: 1 });
        const now = at(years * YEAR + 0.5);
        const { ms, answer } = quickest(() => start(job, of, now));
        assert.ok(ms < 5, `${ms} ms`);
        assert.ok(missedOf(job, answer) > 30_000, `${missedOf(job, answer)} missed`);
      });
    }
  });
}

describe("how many were missed", () => {
  const missed = (trigger: Trigger, misfire: "fire_once" | "skip" | "replay", years: number) =>
    missedOf(locked(stored(trigger)), start(locked(stored(trigger)), policy({ misfire }), at(years * YEAR + 0.5)));
  it("is exact over 10 years of a 1 s job, as an interval and as a cron expression", () => {
    for (const trigger of [everySecond, cron("* * * * * *")]) {
      assert.equal(missed(trigger, "fire_once", 10), 10 * YEAR - 1);
      // Half a second late is not late: the newest runs.
      assert.equal(missed(trigger, "skip", 10), 10 * YEAR - 1);
      assert.equal(missed(trigger, "replay", 10), 10 * YEAR - 100);
    }
  });
  it("is exact over 100 years of a 1 ms job", () => {
    // The first is due at 1 ms, so that up to half a second after so many years there are as many as milliseconds.
    assert.equal(missed(everyMs, "fire_once", 100), 100 * YEAR * 1_000 + 500 - 1);
    assert.equal(missed(everyMs, "replay", 100), 100 * YEAR * 1_000 + 500 - 100);
  });
});

describe("on the way of every task", () => {
  const perTurn = (turn: () => void): number => {
    let quickestUs = Number.POSITIVE_INFINITY;
    for (let n = 0; n < 20; n++) {
      const from = performance.now();
      for (let turns = 0; turns < 5_000; turns++) turn();
      quickestUs = Math.min(quickestUs, (performance.now() - from) / 5);
    }
    return quickestUs;
  };
  const job = locked(stored(everySecond));
  const ended = effect(success, at(1.5));
  it("settling a recurring job takes at most 4 us on a loaded machine, starting one 2 us", (t) => {
    const of = policy();
    const settling = perTurn(() => settle(job, of, ended, RUN_ID));
    const starting = perTurn(() => start(job, of, at(1.5)));
    const figures = `settle ${settling.toFixed(2)} us, start ${starting.toFixed(2)} us`;
    t.diagnostic(figures);
    assert.ok(settling < 4 && starting < 2, figures);
  });
});
