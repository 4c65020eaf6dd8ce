import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  DAYS,
  LAST_YEAR,
  MONTHS,
  monthLength,
  monthOf,
  monthStart,
  weekdayOf,
} from "../../../src/core/cron/calendar.js";
import { zoneOf } from "../../../src/core/cron/zone.js";
import { Clock } from "./oracle.js";

describe("a zone's spans", () => {
  it("show what its clock shows, in every zone", () => {
    const at = fc.integer({ min: -86_400, max: (DAYS + 1) * 86_400 });
    for (const name of Intl.supportedValuesOf("timeZone")) {
      const [zone, clock] = [zoneOf(name), new Clock(name)];
      const check = (second: number) => {
        const { from, to, offset } = zone.spanAt(second);
        assert.ok(from <= second && second < to, name);
        assert.equal(offset * 1_000, clock.offset(second * 1_000), `${name} at ${second}`);
      };
      fc.assert(fc.property(at, check), { numRuns: 20 });
      // Both sides of a change.
      const { to } = zone.spanAt(1_740_000_000);
      for (const second of Number.isFinite(to) ? [to - 1, to] : []) check(second);
    }
  });
  it("follow each other without a hole", () => {
    for (const name of ["Europe/Berlin", "Africa/Casablanca", "Asia/Gaza", "Africa/Monrovia"]) {
      const zone = zoneOf(name);
      for (let span = zone.spanAt(-1); span.to < DAYS * 86_400; ) {
        const next = zone.spanAt(span.to);
        assert.equal(next.from, span.to);
        span = next;
      }
    }
  });
});

describe("the calendar", () => {
  it("is that of Date, every day from 1970 to 2199", () => {
    const date = new Date(0);
    for (let day = 0; day < DAYS; day++) {
      date.setTime(day * 86_400_000);
      const month = monthOf(day);
      assert.equal(month, (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth());
      assert.equal(day - monthStart(month) + 1, date.getUTCDate());
      assert.equal(weekdayOf(day), date.getUTCDay());
      assert.ok(date.getUTCDate() <= monthLength(month));
    }
    assert.equal(DAYS * 86_400_000, Date.UTC(LAST_YEAR + 1, 0, 1));
    assert.equal(monthOf(DAYS - 1), MONTHS - 1);
  });
});
