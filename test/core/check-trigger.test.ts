import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkTrigger } from "../../src/core/check-trigger.js";
import { describeTrigger } from "../../src/core/describe-trigger.js";
import { limit } from "../../src/core/limits.js";
import { LAST_INSTANT_MS } from "../../src/core/schedule.js";
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
  it("once and cron", () => {
    assert.equal(describeTrigger({ type: "once", time: now }), "once at 2025-01-01T00:00:00.000Z");
    assert.equal(describeTrigger({ type: "once" }), "once, when it is stored");
    const berlin = { type: "cron", expression: "0 2 * * *", timeZone: "Europe/Berlin" } as const;
    assert.equal(describeTrigger({ ...berlin, dialect: "unix" }), "every day at 02:00, Europe/Berlin");
    const quartz = { ...berlin, expression: "0 2 ? * 2", dialect: "quartz" } as const;
    assert.equal(describeTrigger(quartz), "every Monday at 02:00, Europe/Berlin");
  });
});
