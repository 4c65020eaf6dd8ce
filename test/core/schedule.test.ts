import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { countBetween, firstOccurrence, LAST_INSTANT_MS, newestUpTo, nextAfter } from "../../src/core/schedule.js";
import { type IntervalTrigger, resolveTrigger, type Trigger, type TriggerInput } from "../../src/core/trigger.js";
import { told } from "./cron/arbitrary.js";
import { cron, utc } from "./cron/walk.js";

const ZONES = ["UTC", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia", "Asia/Gaza"];
const YEAR_MS = 365.2425 * 86_400_000;

const anyCron = fc
  .tuple(told(true), fc.constantFrom(...ZONES))
  .map(([{ expression }, zone]): Trigger => cron(expression, zone));
const instant = (years: number) => fc.nat(years * YEAR_MS).map((ms) => new Date(ms));
const everyMs = fc.oneof(
  fc.integer({ min: 1, max: 100_000 }),
  fc.integer({ min: 1, max: 100 * YEAR_MS }),
  fc.constantFrom(1_000, 60_000, 86_400_000),
);
const anyInterval = fc
  .tuple(everyMs, fc.nat(LAST_INSTANT_MS))
  .map(([every, anchor]): IntervalTrigger => ({ type: "interval", everyMs: every, anchor: new Date(anchor) }));
const anyOnce = instant(230).map((time): Trigger => ({ type: "once", time }));
const any = fc.oneof(anyCron, anyInterval, anyOnce);

describe("of any trigger", () => {
  it("the next time is strictly later, is the newest then, and there is none between", () => {
    fc.assert(
      fc.property(any, instant(225), (trigger, after) => {
        const next = nextAfter(trigger, after);
        if (!next) return;
        assert.ok(next > after);
        assert.deepEqual(newestUpTo(trigger, after, next), next);
        assert.equal(newestUpTo(trigger, after, new Date(next.getTime() - 1)), undefined);
        assert.deepEqual(countBetween(trigger, after, next), { count: 1, exact: true });
      }),
      { numRuns: 1_000 },
    );
  });
  it("the newest lies in (after, upTo], and the next after it beyond upTo", () => {
    fc.assert(
      fc.property(any, instant(225), fc.nat(20 * YEAR_MS), (trigger, after, ms) => {
        const upTo = new Date(after.getTime() + ms);
        const newest = newestUpTo(trigger, after, upTo);
        const next = nextAfter(trigger, newest ?? after);
        assert.ok(!next || next > upTo);
        assert.ok(!newest || (newest > after && newest <= upTo));
        assert.equal(countBetween(trigger, after, upTo).count > 0, newest !== undefined);
      }),
      { numRuns: 1_000 },
    );
  });
  it("the count is that of a walk", () => {
    fc.assert(
      fc.property(any, instant(225), fc.integer({ min: 0, max: 300 }), (trigger, after, steps) => {
        let [at, walked] = [after, 0];
        for (let next = nextAfter(trigger, at); next && walked < steps; next = nextAfter(trigger, at)) {
          walked++;
          at = next;
        }
        assert.deepEqual(countBetween(trigger, after, at), { count: walked, exact: true });
      }),
      { numRuns: 300 },
    );
  });
  it("counts add up, and nothing lies between an instant and itself or an earlier one", () => {
    fc.assert(
      fc.property(any, instant(220), fc.nat(3 * YEAR_MS), fc.nat(3 * YEAR_MS), (trigger, a, ab, bc) => {
        const b = new Date(a.getTime() + ab);
        const c = new Date(b.getTime() + bc);
        const [one, two] = [countBetween(trigger, a, b), countBetween(trigger, b, c)];
        assert.equal(one.count + two.count, countBetween(trigger, a, c).count);
        assert.deepEqual(countBetween(trigger, a, a), { count: 0, exact: true });
        assert.deepEqual(countBetween(trigger, c, a), { count: 0, exact: true });
        assert.equal(newestUpTo(trigger, c, a), undefined);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("an interval", () => {
  it("is anchor + n * every, without drift, for any n", () => {
    fc.assert(
      fc.property(anyInterval, instant(8_000), (trigger, after) => {
        const next = nextAfter(trigger, after);
        const [anchor, every, from] = [trigger.anchor.getTime(), trigger.everyMs, after.getTime()].map(BigInt);
        assert.ok(anchor !== undefined && every !== undefined && from !== undefined);
        // The remainder of a floored division; BigInt's own has the sign of what is divided.
        const past = (((from - anchor) % every) + every) % every;
        const expected = from - past + every;
        assert.deepEqual(next?.getTime(), expected > BigInt(LAST_INSTANT_MS) ? undefined : Number(expected));
      }),
      { numRuns: 2_000 },
    );
  });
  it("its anchor is a phase, not a start", () => {
    const trigger: Trigger = { type: "interval", everyMs: 60_000, anchor: utc("2030-01-01T00:00:07") };
    assert.deepEqual(firstOccurrence(trigger, utc("2025-01-01")), utc("2025-01-01T00:00:07"));
    assert.deepEqual(nextAfter(trigger, utc("2030-01-01T00:00:07")), utc("2030-01-01T00:01:07"));
  });
  it("is exact over ten years of every millisecond", () => {
    const trigger: Trigger = { type: "interval", everyMs: 1, anchor: utc("2025-01-01") };
    const counted = countBetween(trigger, utc("2025-01-01"), utc("2035-01-01"));
    assert.deepEqual(counted, { count: 3_652 * 86_400_000, exact: true });
  });
});

describe("once", () => {
  const time = utc("2025-01-01");
  const trigger: Trigger = { type: "once", time };
  it("its first occurrence is its time, even if it is past", () => {
    assert.deepEqual(firstOccurrence(trigger, utc("2030-01-01")), time);
    assert.deepEqual(firstOccurrence(trigger, utc("2020-01-01")), time);
  });
  it("there is one, and none after it", () => {
    assert.deepEqual(nextAfter(trigger, utc("2024-12-31")), time);
    assert.equal(nextAfter(trigger, time), undefined);
    assert.deepEqual(newestUpTo(trigger, utc("2024-12-31"), time), time);
    assert.equal(newestUpTo(trigger, time, utc("2026-01-01")), undefined);
  });
});

describe("bounds", () => {
  it("are those of the trigger's own occurrences: none before the start, none at or after the end, all others as without", () => {
    fc.assert(
      fc.property(any, instant(225), fc.nat(YEAR_MS), fc.nat(YEAR_MS), fc.nat(YEAR_MS), (trigger, a, ab, bc, cd) => {
        const [startTime, endTime] = [new Date(a.getTime() + ab), new Date(a.getTime() + ab + bc)];
        const bounded = { ...trigger, startTime, endTime };
        const upTo = new Date(endTime.getTime() + cd);
        const [before, last] = [new Date(startTime.getTime() - 1), new Date(endTime.getTime() - 1)];
        const next = nextAfter(trigger, before);
        assert.deepEqual(nextAfter(bounded, a), next && next < endTime ? next : undefined);
        assert.equal(nextAfter(bounded, last), undefined);
        assert.deepEqual(newestUpTo(bounded, a, upTo), newestUpTo(trigger, before, last));
        assert.deepEqual(countBetween(bounded, a, upTo), countBetween(trigger, before, last));
        assert.equal(newestUpTo(bounded, a, before), undefined);
      }),
      { numRuns: 1_000 },
    );
  });
  it("an interval's unset anchor is its start, or else now; what runs once does so at its start where that is later", () => {
    const now = utc("2025-01-01");
    const [past, later] = [utc("2024-01-01T00:00:00.007"), utc("2026-01-01T00:00:00.009")];
    const minutely = { type: "interval", everyMs: 60_000 } as const;
    const first = (input: TriggerInput) => firstOccurrence(resolveTrigger(input, now), now);
    assert.deepEqual(first(minutely), utc("2025-01-01T00:01:00"));
    assert.deepEqual(first({ ...minutely, startTime: past }), utc("2025-01-01T00:00:00.007"));
    assert.deepEqual(first({ ...minutely, startTime: later }), later);
    assert.deepEqual(first({ ...minutely, anchor: now, startTime: later }), utc("2026-01-01T00:01:00"));
    assert.deepEqual(first({ type: "once", startTime: later }), later);
    assert.deepEqual(first({ type: "once", startTime: past }), now);
  });
});

describe("a fixed delay", () => {
  const trigger: Trigger = { type: "fixed_delay", everyMs: 60_000 };
  const now = utc("2025-01-01T00:00:00.001");
  it("comes its span after the end that it is asked of, and nothing lies in between", () => {
    assert.deepEqual(nextAfter(trigger, now), utc("2025-01-01T00:01:00.001"));
    assert.equal(newestUpTo(trigger, now, utc("2026-01-01")), undefined);
    assert.deepEqual(countBetween(trigger, now, utc("2026-01-01")), { count: 0, exact: true });
  });
  it("begins at its start where that is later than now, and ends before its end", () => {
    const startTime = utc("2025-01-01T00:00:30");
    assert.deepEqual(firstOccurrence({ ...trigger, startTime }, now), startTime);
    assert.deepEqual(firstOccurrence({ ...trigger, startTime: now }, now), utc("2025-01-01T00:01:00.001"));
    assert.equal(nextAfter({ ...trigger, endTime: utc("2025-01-01T00:01:00.001") }, now), undefined);
  });
});

describe("the ends of the calendar", () => {
  it("no occurrence before 1970, and 1970-01-01T00:00:00Z is one", () => {
    const long = new Date(-86_400_000);
    const second: Trigger = { type: "interval", everyMs: 1_000, anchor: utc("2025-01-01") };
    for (const trigger of [cron("* * * * * *"), second]) {
      assert.deepEqual(nextAfter(trigger, long), new Date(0));
      assert.equal(newestUpTo(trigger, long, new Date(-1)), undefined);
      assert.deepEqual(countBetween(trigger, long, new Date(0)), { count: 1, exact: true });
    }
    assert.equal(newestUpTo(cron("0 0 31 12 *", "Asia/Tokyo"), long, new Date(0)), undefined);
  });
  it("no cron occurrence after 2199, in any zone", () => {
    for (const zone of ["UTC", "America/Los_Angeles", "Pacific/Kiritimati"]) {
      const every = cron("* * * * * *", zone);
      const from = utc("2199-12-31");
      const last = newestUpTo(every, from, utc("2300-01-01"));
      assert.ok(last && last <= utc("2199-12-31T23:59:59"), zone);
      assert.equal(nextAfter(every, last), undefined);
      assert.equal(nextAfter(every, new Date(LAST_INSTANT_MS)), undefined);
      assert.equal(nextAfter(every, utc("2200-01-02")), undefined);
      assert.deepEqual(countBetween(every, last, new Date(LAST_INSTANT_MS)), { count: 0, exact: true });
    }
  });
  it("no interval occurrence after 9999", () => {
    const trigger: Trigger = { type: "interval", everyMs: 1_000, anchor: new Date(LAST_INSTANT_MS) };
    assert.equal(nextAfter(trigger, new Date(LAST_INSTANT_MS)), undefined);
    assert.deepEqual(nextAfter(trigger, new Date(LAST_INSTANT_MS - 1)), new Date(LAST_INSTANT_MS));
  });
});

describe("counts over many decades", () => {
  it("few are exact", () => {
    const yearly = cron("30 2 9 3 *", "America/New_York");
    const counted = countBetween(yearly, utc("1975-01-01"), utc("2175-01-01"));
    assert.deepEqual(counted, { count: 200, exact: true });
  });
  it("many are an estimate, and say so", () => {
    const { count, exact } = countBetween(cron("0 * * * *", "Europe/Berlin"), utc("1971-01-01"), utc("2171-01-01"));
    const hours = (utc("2171-01-01").getTime() - utc("1971-01-01").getTime()) / 3_600_000;
    assert.ok(Math.abs(count - hours) < 400, `${count} of ${hours}`);
    assert.equal(exact, false);
  });
});
