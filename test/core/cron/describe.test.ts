import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { describeCron } from "../../../src/core/cron/describe.js";
import type { CronDialect } from "../../../src/core/trigger.js";

const CASES: readonly (readonly [expression: string, words: string, dialect?: CronDialect])[] = [
  ["30 2 * * *", "every day at 02:30"],
  ["15 30 2 * * *", "every day at 02:30:15"],
  ["0 30 2 * * ? *", "every day at 02:30", "quartz"],
  ["* * * * * *", "every second"],
  ["*/5 * * * * *", "every 5 seconds"],
  ["1/5 * * * * *", "every 5 seconds from second 1"],
  ["* * * * *", "every minute"],
  ["30 * * * * *", "every minute at second 30"],
  ["*/15 * * * *", "every 15 minutes"],
  ["0 * * * *", "every hour"],
  ["30 * * * *", "every hour at minute 30"],
  ["5 30 * * * *", "every hour at minute 30, second 5"],
  ["0 */6 * * *", "every 6 hours"],
  ["20 1/6 * * *", "every 6 hours from hour 1 at minute 20"],
  ["0 9 * * 1", "every Monday at 09:00"],
  ["0 9 * * 7", "every Sunday at 09:00"],
  ["0 0 9 ? * 2", "every Monday at 09:00", "quartz"],
  ["0 9 * * MON-FRI", "every Monday to Friday at 09:00"],
  ["0 9 * * 1,wed,5", "every Monday, Wednesday and Friday at 09:00"],
  ["*/10 * * * 1-5", "every 10 minutes, every Monday to Friday"],
  ["0 0 1 * *", "on day 1 of every month at 00:00"],
  ["0 0 29 FEB *", "every year on 29 February at 00:00"],
  ["@weekly", "every Sunday at 00:00"],
  ["@weekly", "every Sunday at 00:00", "quartz"],
  ["@Yearly", "every year on 1 January at 00:00"],
  // Steps that leave a shorter gap at the end, lists, and days that take a sentence.
  ["*/7 * * * *", "cron */7 * * * *"],
  ["50/7 * * * *", "cron 50/7 * * * *"],
  ["0 9,17 * * *", "cron 0 9,17 * * *"],
  ["0 9-17 * * *", "cron 0 9-17 * * *"],
  ["0 0 L-3 * *", "cron 0 0 L-3 * *"],
  ["0 0 13 * 5", "cron 0 0 13 * 5"],
  ["0 0 * * 5#2", "cron 0 0 * * 5#2"],
  ["0 0 0 1 1 * 2030", "cron 0 0 0 1 1 * 2030"],
  [" 0 0 0 ? * 6L ", "cron 0 0 0 ? * 6L (QUARTZ)", "quartz"],
];

describe("a cron trigger in words", () => {
  for (const [expression, words, dialect = "unix"] of CASES) {
    it(`${expression} (${dialect})`, () => {
      const trigger = { type: "cron", expression, timeZone: "Europe/Berlin", dialect } as const;
      assert.equal(describeCron(trigger), `${words}, Europe/Berlin`);
    });
  }
});
