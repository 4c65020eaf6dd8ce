import assert from "node:assert/strict";
import { test } from "node:test";
import { checkTrigger } from "../../../src/core/check-trigger.js";
import { cron, nexts, utc } from "./walk.js";

test("the old library's fault 13: day 31, February 29, names in capitals and steps were refused or wrong", () => {
  const from = "2025-01-31T00:00:00";
  const next = (expression: string, count: number) => {
    const trigger = cron(expression);
    assert.deepEqual(checkTrigger(trigger, "trigger", utc(from)), []);
    return nexts(trigger, from, count).map((time) => time.slice(0, 16));
  };
  assert.deepEqual(next("0 0 31 * *", 2), ["2025-03-31T00:00", "2025-05-31T00:00"]);
  assert.deepEqual(next("0 0 29 2 *", 2), ["2028-02-29T00:00", "2032-02-29T00:00"]);
  assert.deepEqual(next("0 9 * FEB MON", 2), ["2025-02-03T09:00", "2025-02-10T09:00"]);
  assert.deepEqual(next("0 9 * feb mon", 2), next("0 9 * FEB MON", 2));
  assert.deepEqual(next("*/5 * * * *", 3), ["2025-01-31T00:05", "2025-01-31T00:10", "2025-01-31T00:15"]);
});
