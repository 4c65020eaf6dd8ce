import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { countBetween, newestUpTo, nextAfter } from "../../src/core/schedule.js";
import type { Trigger } from "../../src/core/trigger.js";
import { cron, utc } from "./cron/walk.js";

/** The quickest of a few tries: what else the machine does is not the question. */
function quickestMs(tries: number, turn: (n: number) => void): number {
  let quickest = Number.POSITIVE_INFINITY;
  for (let n = 0; n < tries; n++) {
    const start = performance.now();
    turn(n);
    quickest = Math.min(quickest, performance.now() - start);
  }
  return quickest;
}

function outage(trigger: Trigger): void {
  const [from, now] = [utc("2025-01-01"), utc("2035-01-01")];
  const newest = newestUpTo(trigger, from, now);
  assert.ok(newest);
  assert.ok(countBetween(trigger, from, newest).exact);
  assert.ok(nextAfter(trigger, now));
}

describe("a turn takes less than 5 ms after an outage of ten years", () => {
  const interval: Trigger = { type: "interval", everyMs: 1_000, anchor: utc("2020-01-01") };
  const rows: readonly [string, Trigger][] = [
    ["interval of 1 s", interval],
    ["* * * * * * in UTC", cron("* * * * * *")],
    ["* * * * * * in America/New_York", cron("* * * * * *", "America/New_York")],
    ["0 0 29 2 * in Europe/Berlin", cron("0 0 29 2 *", "Europe/Berlin")],
    ["0,30 2 * * * in Africa/Casablanca", cron("0,30 2 * * *", "Africa/Casablanca")],
  ];
  for (const [name, trigger] of rows) {
    it(name, () => {
      const ms = quickestMs(3, () => outage(trigger));
      assert.ok(ms < 5, `${ms} ms`);
    });
  }
  it("also the first time that a zone is asked for", () => {
    // Each try has a zone that nobody has read yet.
    const zones = [
      ...["Europe/Paris", "America/Chicago", "Asia/Gaza", "Africa/Cairo", "Australia/Sydney", "Europe/Lisbon"],
      ...["America/Denver", "Asia/Beirut", "Europe/Athens", "America/Santiago", "Pacific/Auckland", "Europe/Dublin"],
    ];
    const ms = quickestMs(zones.length, (n) => outage(cron("* * * * * *", zones[n] ?? "")));
    assert.ok(ms < 5, `${ms} ms`);
  });
});

describe("next times a second", () => {
  // The budgets are 200,000 and 20,000; a loaded machine gets half.
  for (const [expression, zone, atLeast] of [
    ["*/5 * * * *", "UTC", 100_000],
    ["*/15 * * * *", "America/New_York", 100_000],
    ["30 2 * * *", "Europe/Berlin", 100_000],
    ["0 9 * * MON-FRI", "Asia/Tokyo", 100_000],
    ["0 0 29 2 *", "Europe/Berlin", 10_000],
  ] as const) {
    it(`${expression} in ${zone}: ${atLeast} at least`, () => {
      const trigger = cron(expression, zone);
      const count = 20_000;
      const ms = quickestMs(5, () => {
        let at = utc("2025-01-01");
        for (let n = 0; n < count; n++) at = nextAfter(trigger, at) ?? utc("2025-01-01");
      });
      assert.ok((count / ms) * 1_000 >= atLeast, `${Math.round((count / ms) * 1_000)} a second`);
    });
  }
});
