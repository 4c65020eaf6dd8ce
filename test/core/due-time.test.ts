import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { dueTime } from "../../src/core/due-time.js";
import { LAST_INSTANT_MS, nextAfter } from "../../src/core/schedule.js";
import type { Trigger } from "../../src/core/trigger.js";
import { cron, utc } from "./cron/walk.js";
import { at } from "./job-builder.js";

const hourly: Trigger = { type: "interval", everyMs: 3_600_000, anchor: at(0) };
const uids = fc.stringMatching(/^[0-9a-f]{32}$/);

/** How far sampled units lie from an even spread over 100 parts: chi-square, of which 149 is exceeded once in a thousand times. */
function unevenness(units: readonly number[]): number {
  const parts = new Array<number>(100).fill(0);
  for (const unit of units) parts[Math.floor(unit * 100)] = (parts[Math.floor(unit * 100)] ?? 0) + 1;
  const expected = units.length / 100;
  return parts.reduce((sum, found) => sum + (found - expected) ** 2 / expected, 0);
}

describe("jitter", () => {
  const jitterMs = 1_000_000;
  const jittered = { ...hourly, jitterMs };
  const unit = (trigger: Trigger, uid: string, time: Date) =>
    (dueTime(trigger, uid, time).getTime() - time.getTime()) / jitterMs;

  it("is spread evenly over the occurrences of a job, of every second, day and year", () => {
    for (const step of [1_000, 86_400_000, 31_536_000_000 / 100]) {
      const units = Array.from({ length: 20_000 }, (_, n) =>
        unit({ type: "once", time: at(0), jitterMs }, "00112233445566778899aabbccddeeff", new Date(n * step)),
      );
      assert.ok(unevenness(units) < 160, `${step}: ${unevenness(units)}`);
    }
  });
  it("is spread evenly over jobs at one time, also where their uids are alike", () => {
    for (const uidOf of [(n: number) => n.toString(16).padStart(32, "0"), (n: number) => `job-${n}`]) {
      const units = Array.from({ length: 20_000 }, (_, n) => unit(jittered, uidOf(n), at(0)));
      assert.ok(unevenness(units) < 160, `${unevenness(units)}`);
    }
  });
  it("is spread evenly up to the trigger's next time where it is wider than that", () => {
    const everySecond: Trigger = { type: "interval", everyMs: 1_000, anchor: at(0), jitterMs: 86_400_000 };
    const units = Array.from(
      { length: 20_000 },
      (_, n) => (dueTime(everySecond, `job-${n}`, at(n)).getTime() % 1_000) / 1_000,
    );
    assert.ok(unevenness(units) < 160, `${unevenness(units)}`);
  });
  it("is the same each time, and another for another job or time", () => {
    const one = dueTime(jittered, "a", at(0));
    assert.deepEqual(dueTime(jittered, "a", at(0)), one);
    assert.notDeepEqual(dueTime(jittered, "b", at(0)), one);
    assert.notEqual(unit(jittered, "a", at(3_600)), unit(jittered, "a", at(0)));
  });
  it("without it an occurrence is due at its time", () => {
    assert.deepEqual(dueTime(hourly, "a", at(0)), at(0));
    assert.deepEqual(dueTime({ ...hourly, jitterMs: 1 }, "a", at(0)), at(0));
  });
  it("is below its bound, and ends before the trigger's next time, so that due times keep the order of the occurrences", () => {
    const trigger = fc.oneof(
      fc.integer({ min: 1, max: 100_000 }).map((everyMs): Trigger => ({ type: "interval", everyMs, anchor: at(0) })),
      fc.constantFrom(cron("*/7 * * * *", "America/New_York"), cron("0 0 29 2 *"), cron("* * * * * *")),
    );
    const widths = fc.integer({ min: 1, max: 2_678_400_000 });
    fc.assert(
      fc.property(
        trigger,
        widths,
        uids,
        fc.date({ min: at(0), max: at(1e8), noInvalidDate: true }),
        (one, width, uid, time) => {
          const given: Trigger = { ...one, jitterMs: width, endTime: at(1e9) };
          const occurrence = nextAfter(given, time);
          const next = occurrence && nextAfter(given, occurrence);
          if (!next) return;
          const due = dueTime(given, uid, occurrence);
          assert.ok(due >= occurrence && due.getTime() < occurrence.getTime() + width);
          assert.ok(due < next, "it overtook the next one");
        },
      ),
      { numRuns: 500 },
    );
  });
  it("the trigger's end does not narrow it, and the calendar's does", () => {
    const uid = "a";
    const last: Trigger = { type: "once", time: new Date(LAST_INSTANT_MS), jitterMs };
    assert.deepEqual(dueTime(last, uid, last.time), last.time);
    const ended = { ...jittered, endTime: at(1) };
    assert.deepEqual(dueTime(ended, uid, at(0)), dueTime(jittered, uid, at(0)));
    const year = cron("0 0 0 1 1 ? 2199");
    assert.ok(dueTime({ ...year, jitterMs }, uid, utc("2199-01-01")) > utc("2199-01-01"));
  });
});
