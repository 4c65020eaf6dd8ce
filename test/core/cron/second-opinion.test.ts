import assert from "node:assert/strict";
import { it } from "node:test";
import { CronExpressionParser } from "cron-parser";
import fc from "fast-check";
import { nextAfter } from "../../../src/core/schedule.js";

/** A list of values, a range with a step, or a star with one: what both engines read alike. */
function field(least: number, most: number): fc.Arbitrary<string> {
  const value = fc.integer({ min: least, max: most });
  const range = fc.tuple(value, value, fc.integer({ min: 1, max: 9 }));
  return fc.oneof(
    fc.constant("*"),
    fc.integer({ min: 1, max: most - least }).map((step) => `*/${step}`),
    fc.uniqueArray(value, { minLength: 1, maxLength: 4 }).map((values) => values.join(",")),
    range.map(([a, b, step]) => `${Math.min(a, b)}-${Math.max(a, b)}/${step}`),
  );
}

it("agrees with cron-parser on common expressions in UTC", () => {
  const expression = fc
    .tuple(field(0, 59), field(0, 59), field(0, 23), field(1, 28), field(1, 12))
    .map((fields) => `${fields.join(" ")} *`);
  const instant = fc.date({ min: new Date("2000-01-01"), max: new Date("2090-01-01"), noInvalidDate: true });
  fc.assert(
    fc.property(expression, instant, (expression, from) => {
      const theirs = CronExpressionParser.parse(expression, { currentDate: from, tz: "UTC" });
      let after = from;
      for (let n = 0; n < 5; n++) {
        const ours = nextAfter({ type: "cron", expression, timeZone: "UTC", dialect: "unix" }, after);
        assert.deepEqual(ours, theirs.next().toDate(), `${expression} after ${after.toISOString()}`);
        after = ours as Date;
      }
    }),
    { numRuns: 300 },
  );
});
