import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { checkTrigger } from "../../../src/core/check-trigger.js";
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
  ["0 9,17 * * *", "every day at 09:00 and 17:00"],
  ["0,30 9 * * MON", "every Monday at 09:00 and 09:30"],
  ["15,45 0 12 * * *", "every day at 12:00:15 and 12:00:45"],
  ["0 8-20/6 * * *", "every day at 08:00, 14:00 and 20:00"],
  ["0 9-17 * * *", "every hour from 09:00 to 17:00"],
  ["30 9-17 * * 1-5", "every hour from 09:30 to 17:30, every Monday to Friday"],
  ["*/15 9-17 * * *", "every 15 minutes from 09:00 to 17:45"],
  ["* 9-17 * * *", "every minute from 09:00 to 17:59"],
  ["5/20 6-8 * * *", "every 20 minutes from 06:05 to 08:45"],
  ["0 0 1,15 * *", "on days 1 and 15 of every month at 00:00"],
  ["0 0 1-7 * *", "on days 1 to 7 of every month at 00:00"],
  ["0 0 L * *", "on the last day of every month at 00:00"],
  ["0 0 L-3 * *", "on the day 3 before the last of every month at 00:00"],
  ["0 0 15W,lw * *", "on the weekday nearest to day 15 and the last weekday of every month at 00:00"],
  ["0 0 * * 5L", "on the last Friday of every month at 00:00"],
  ["0 0 * * 5#2", "on the second Friday of every month at 00:00"],
  ["0 0 * * mon#1,1#3", "on the first Monday and the third Monday of every month at 00:00"],
  ["0 0 * * FRI-MON", "every Friday to Monday at 00:00"],
  ["0 0 * * 7-1,3", "every Sunday to Monday and Wednesday at 00:00"],
  ["0 0 13 * 5", "on day 13 of every month, and every Friday at 00:00"],
  ["0 0 13 6 5", "on day 13 of every month, and every Friday, in June at 00:00"],
  ["0 0 1 */3 *", "on day 1 of every month in January, April, July and October at 00:00"],
  ["0 0 * NOV-FEB *", "every day from November to February at 00:00"],
  ["0 9 * 6,7 MON", "every Monday in June and July at 09:00"],
  ["0 0 0 1 1 * 2030", "every year on 1 January at 00:00, in 2030"],
  ["0 0 0 1 1 ? 2026-2028/2", "every year on 1 January at 00:00, in 2026 and 2028"],
  ["0 * * * * * 2026-2030", "every minute, from 2026 to 2030"],
  [" 0 0 0 ? * 6L ", "on the last Friday of every month at 00:00", "quartz"],
  ["0 0 0 ? * L", "every Saturday at 00:00", "quartz"],
  ["0 0 0 ? * 2#5", "on the fifth Monday of every month at 00:00", "quartz"],
  // Steps that leave a shorter gap at the end, many times, and days that take a sentence.
  ["*/7 * * * *", "cron */7 * * * *"],
  ["50/7 * * * *", "cron 50/7 * * * *"],
  ["5,7 */3 * * *", "cron 5,7 */3 * * *"],
  ["* 22-2 * * *", "cron * 22-2 * * *"],
  ["0 0 */2 * *", "cron 0 0 */2 * *"],
  ["0 0 */2 * 1", "cron 0 0 */2 * 1"],
  ["0 0 1,L * *", "cron 0 0 1,L * *"],
  ["0 0 * * 1,5L", "cron 0 0 * * 1,5L"],
  ["0 0 * * */2", "cron 0 0 * * */2"],
  ["0 0 * 1-7,9 *", "cron 0 0 * 1-7,9 *"],
  ["0 0 0 ? * 2/2", "cron 0 0 0 ? * 2/2 (QUARTZ)", "quartz"],
];

describe("a cron trigger in words", () => {
  for (const [expression, words, dialect = "unix"] of CASES) {
    it(`${expression} (${dialect})`, () => {
      const trigger = { type: "cron", expression, timeZone: "Europe/Berlin", dialect } as const;
      assert.equal(describeCron(trigger), `${words}, Europe/Berlin`);
    });
  }
});

describe("whatever is taken", () => {
  it("has words", () => {
    const field = (items: string) =>
      fc.array(fc.constantFrom(...items.split(" ")), { minLength: 1, maxLength: 2 }).map((some) => some.join(","));
    const time = field("* 0 5 7 12 1-5 22-2 */2 1/5 2-8/3 */7");
    const dayOfMonth = field("* ? 1 7 15 31 1-5 */2 1/5 L LW 15W L-2");
    const dayOfWeek = field("* ? 1 7 1-5 6-2 */2 FRI MON-FRI 5L friL 1#2 MON#5 L");
    const month = field("* 1 12 1-5 11-2 NOV-FEB */3 2/5 JAN");
    const fields = fc
      .tuple(time, time, time, dayOfMonth, month, dayOfWeek, fc.option(field("* 2030 2030-2040 2030-2040/3")))
      .map((texts) => texts.filter((text) => text !== null).join(" "));
    const dialect = fc.constantFrom<CronDialect>("unix", "quartz");
    let taken = 0;
    fc.assert(
      fc.property(fields, dialect, (expression, one) => {
        const trigger = { type: "cron", expression, timeZone: "UTC", dialect: one } as const;
        if (checkTrigger(trigger, "t", new Date("2025-01-01")).some(({ reason }) => reason !== "NEVER_FIRES")) return;
        taken++;
        assert.match(describeCron(trigger), /^[a-z].*, UTC$/);
      }),
      { numRuns: 3_000 },
    );
    assert.ok(taken > 1_000, `${taken}`);
  });
});
