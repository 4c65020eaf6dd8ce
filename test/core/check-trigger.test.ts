import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkTrigger } from "../../src/core/check-trigger.js";
import { describeTrigger } from "../../src/core/describe-trigger.js";
import { limit } from "../../src/core/limits.js";
import { LAST_INSTANT_MS } from "../../src/core/schedule.js";
import type { TriggerInput } from "../../src/core/trigger.js";
import { at } from "./job-builder.js";

const now = at(0);

describe("an interval's length", () => {
  const max = limit("span_max_ms");
  for (const everyMs of [1, 1_000, max]) {
    it(`${everyMs} ms is taken`, () => {
      assert.deepEqual(checkTrigger({ type: "interval", everyMs }, "job.trigger", now), []);
    });
  }
  for (const everyMs of [0, -1, 0.5, 1.5, max + 1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
    it(`${everyMs} ms is refused`, () => {
      const [violation, ...more] = checkTrigger({ type: "interval", everyMs }, "job.trigger", now);
      assert.deepEqual([violation?.field, violation?.reason], ["job.trigger.interval.every", "BAD_FIELD"]);
      assert.match(violation?.description ?? "", /whole milliseconds from 1 ms to 3,155,760,000,000 ms; got /);
      assert.deepEqual(more, []);
    });
  }
});

describe("instants", () => {
  const wrong = [-1, LAST_INSTANT_MS + 1, Number.NaN, 8.64e15];
  for (const ms of [0, LAST_INSTANT_MS, ...wrong]) {
    it(`${ms} ms since 1970 is ${wrong.includes(ms) ? "refused" : "taken"}`, () => {
      const fields = [
        ...checkTrigger({ type: "interval", everyMs: 1, anchor: new Date(ms) }, "t", now),
        ...checkTrigger({ type: "once", time: new Date(ms) }, "t", now),
      ].map(({ field, reason }) => [field, reason]);
      const both = [
        ["t.interval.anchor_time", "BAD_FIELD"],
        ["t.once.time", "BAD_FIELD"],
      ];
      assert.deepEqual(fields, wrong.includes(ms) ? both : []);
    });
  }
  it("unset is right: it becomes the store's time", () => {
    assert.deepEqual(checkTrigger({ type: "once" }, "t", now), []);
  });
  it("an interval's every and anchor are both told", () => {
    const found = checkTrigger({ type: "interval", everyMs: 0, anchor: new Date(-1) }, "t", now);
    assert.deepEqual(
      found.map(({ field }) => field),
      ["t.interval.every", "t.interval.anchor_time"],
    );
  });
});

describe("bounds", () => {
  const daily = { type: "cron", expression: "0 2 * * *", timeZone: "UTC", dialect: "unix" } as const;
  const minutely = { type: "interval", everyMs: 60_000 } as const;
  const found = (input: TriggerInput) => checkTrigger(input, "t", now).map(({ field, reason }) => [field, reason]);
  const RIGHT: readonly TriggerInput[] = [
    { ...daily, startTime: at(0), endTime: at(86_400) },
    { ...minutely, startTime: at(-9), endTime: at(61), maxOccurrences: 1, jitterMs: 1 },
    { type: "fixed_delay", everyMs: 5_000, endTime: at(5.001) },
    { type: "once", startTime: at(5), endTime: at(5.001) },
    { type: "once", time: at(-90), endTime: at(-80) },
    { ...daily, maxOccurrences: Number.MAX_SAFE_INTEGER, jitterMs: limit("jitter_max_ms") },
  ];
  for (const input of RIGHT) it(`taken: ${describeTrigger(input)}`, () => assert.deepEqual(found(input), []));

  const WRONG: readonly (readonly [input: TriggerInput, field: string, reason: string])[] = [
    [{ ...daily, startTime: at(5), endTime: at(5) }, "t.end_time", "BAD_FIELD"],
    [{ ...daily, startTime: new Date(-1) }, "t.start_time", "BAD_FIELD"],
    [{ ...daily, endTime: new Date(Number.NaN) }, "t.end_time", "BAD_FIELD"],
    [{ ...daily, maxOccurrences: 0 }, "t.max_occurrences", "BAD_FIELD"],
    [{ ...daily, maxOccurrences: 1.5 }, "t.max_occurrences", "BAD_FIELD"],
    [{ ...daily, jitterMs: 0 }, "t.jitter", "BAD_FIELD"],
    [{ ...daily, jitterMs: limit("jitter_max_ms") + 1 }, "t.jitter", "BAD_FIELD"],
    [{ ...daily, endTime: at(7_200) }, "t.end_time", "NEVER_FIRES"],
    [{ ...daily, startTime: new Date("2200-01-01") }, "t.start_time", "NEVER_FIRES"],
    [{ ...minutely, endTime: at(60) }, "t.end_time", "NEVER_FIRES"],
    [{ ...minutely, anchor: at(0), endTime: at(-9) }, "t.end_time", "NEVER_FIRES"],
    [{ type: "fixed_delay", everyMs: 5_000, endTime: at(5) }, "t.end_time", "NEVER_FIRES"],
    [{ type: "once", time: at(5), startTime: at(6) }, "t.start_time", "NEVER_FIRES"],
    [{ type: "once", time: at(5), endTime: at(5) }, "t.end_time", "NEVER_FIRES"],
  ];
  for (const [input, field, reason] of WRONG) {
    it(`refused, ${field} ${reason}: ${describeTrigger(input.endTime && Number.isNaN(input.endTime.getTime()) ? daily : input)}`, () => {
      assert.deepEqual(found(input), [[field, reason]]);
    });
  }
});

describe("in plain words", () => {
  for (const [everyMs, words] of [
    [1, "every 1 ms"],
    [5_000, "every 5 s"],
    [90_000, "every 1 min 30 s"],
    [3_600_000, "every 1 h"],
    [90_061_001, "every 1 d 1 h 1 min 1 s 1 ms"],
  ] as const) {
    it(words, () => assert.equal(describeTrigger({ type: "interval", everyMs }), words));
  }
  it("a fixed delay, and bounds", () => {
    assert.equal(describeTrigger({ type: "fixed_delay", everyMs: 90_000 }), "1 min 30 s after each run's end");
    assert.equal(
      describeTrigger({ type: "once", startTime: at(0), endTime: at(1), maxOccurrences: 1_000, jitterMs: 500 }),
      "once, when it is stored, from 2025-01-01T00:00:00.000Z, until 2025-01-01T00:00:01.000Z, at most 1,000 times, " +
        "each put off by less than 500 ms",
    );
    assert.match(describeTrigger({ type: "once", maxOccurrences: 1 }), /at most 1 time$/);
  });
  it("once and cron", () => {
    assert.equal(describeTrigger({ type: "once", time: now }), "once at 2025-01-01T00:00:00.000Z");
    assert.equal(describeTrigger({ type: "once" }), "once, when it is stored");
    const berlin = { type: "cron", expression: "0 2 * * *", timeZone: "Europe/Berlin" } as const;
    assert.equal(describeTrigger({ ...berlin, dialect: "unix" }), "every day at 02:00, Europe/Berlin");
    const quartz = { ...berlin, expression: "0 2 ? * 2", dialect: "quartz" } as const;
    assert.equal(describeTrigger(quartz), "every Monday at 02:00, Europe/Berlin");
  });
});
