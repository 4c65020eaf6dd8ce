import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { checkTrigger } from "../../../src/core/check-trigger.js";
import { MAX_EXPRESSION_BYTES } from "../../../src/core/cron/parse.js";
import { TickwireError } from "../../../src/core/errors.js";
import { LIMITS } from "../../../src/core/limits.js";
import { countBetween, newestUpTo, nextAfter } from "../../../src/core/schedule.js";
import type { CronDialect } from "../../../src/core/trigger.js";
import { cron, utc } from "./walk.js";

const now = utc("2025-01-01");

/** An expression, and what its refusal must say: the field, and a part of the reason. */
type Refusal = readonly [expression: string, says: RegExp];

const UNIX: readonly Refusal[] = [
  ["", /empty/],
  [" \t ", /empty/],
  ["*", /1 field:/],
  ["* * * *", /4 fields: must have 5/],
  ["0 0 0 1 1 ? 2026 1", /8 fields/],
  ["60 * * * *", /^minute: "60" must be from 0 to 59/],
  ["60 * * * * *", /^second: "60"/],
  ["0 24 * * *", /^hour: "24" must be from 0 to 23/],
  ["0 0 0 * *", /^day-of-month: "0" must be from 1 to 31/],
  ["0 0 32 * *", /^day-of-month: "32"/],
  ["0 0 * 0 *", /^month: "0"/],
  ["0 0 * 13 *", /^month: "13" must be from 1 to 12/],
  ["0 0 * * 8", /^day-of-week: "8" must be from 0 to 7/],
  ["0 0 0 1 1 ? 1969", /^year: "1969" must be from 1970 to 2199/],
  ["0 0 0 1 1 ? 2200", /^year: "2200"/],
  ["1, * * * *", /^minute: "1," has a comma/],
  [",1 * * * *", /^minute: ",1" has a comma/],
  ["1,,2 * * * *", /^minute: "1,,2" has a comma/],
  ["1-2-3 * * * *", /^minute: "1-2-3" is not a range/],
  ["1/2/3 * * * *", /^minute: "1\/2\/3" has two steps/],
  ["*/ * * * *", /^minute: "\*\/" must have a step from 1 to 60/],
  ["*/0 * * * *", /^minute: "\*\/0" must have a step/],
  ["*/90 * * * *", /^minute: "\*\/90" must have a step from 1 to 60/],
  ["0 */25 * * *", /^hour: "\*\/25" must have a step from 1 to 24/],
  ["0 0 * * */8", /^day-of-week: "\*\/8" must have a step from 1 to 7/],
  ["*/-1 * * * *", /^minute/],
  ["*/1.5 * * * *", /^minute/],
  ["-1 * * * *", /^minute: "-1" is not/],
  ["1- * * * *", /^minute: "1-" is not/],
  ["+1 * * * *", /^minute/],
  ["1.5 * * * *", /^minute: "1.5" is not/],
  ["0x5 * * * *", /^minute: "0x5" is not/],
  ["1e1 * * * *", /^minute/],
  ["5abc * * * *", /^minute: "5abc" is not/],
  ["** * * * *", /^minute: "\*\*" is not/],
  ["*5 * * * *", /^minute/],
  ["*-5 * * * *", /^minute/],
  ["/5 * * * *", /^minute/],
  ["\u0661 * * * *", /^minute/],
  ["0 0 * * Monday", /^day-of-week: "Monday" is not .* a name from SUN to SAT/],
  ["0 0 * January *", /^month: "January" is not .* a name from JAN to DEC/],
  ["0 0 * MON *", /^month: "MON"/],
  ["MON 0 * * *", /^minute: "MON"/],
  ["0 L * * *", /^hour: "L" is not/],
  ["0 0 * L *", /^month: "L" is not/],
  ["0 0 * * 1W", /^day-of-week: "1W" is not/],
  ["0 0 W * *", /^day-of-month: "W" must follow a day/],
  ["0 0 1-15W * *", /^day-of-month: "1-15W" is not/],
  ["0 0 32W * *", /^day-of-month: "32W" must be from 1 to 31/],
  ["0 0 0W * *", /^day-of-month: "0W"/],
  ["0 0 WL * *", /^day-of-month/],
  ["0 0 L-0 * *", /^day-of-month: "L-0" must be L-n with n from 1 to 30/],
  ["0 0 L-31 * *", /^day-of-month: "L-31"/],
  ["0 0 L-3W * *", /^day-of-month: "L-3W"/],
  ["0 0 L/2 * *", /^day-of-month: "L\/2"/],
  ["0 0 1L * *", /^day-of-month: "1L"/],
  ["0 0 1#2 * *", /^day-of-month: "1#2"/],
  ["0 0 * * 1#6", /^day-of-week: "1#6" must be d#k with k from 1 to 5/],
  ["0 0 * * 1#0", /^day-of-week: "1#0"/],
  ["0 0 * * 1#", /^day-of-week: "1#"/],
  ["0 0 * * #1", /^day-of-week: "#1"/],
  ["0 0 * * 8#1", /^day-of-week: "8#1"/],
  ["0 0 * * 1-2#1", /^day-of-week/],
  ["0 0 * * 1#1#1", /^day-of-week/],
  ["0 0 * * L", /^day-of-week: "L" must follow a weekday/],
  ["0 0 * * 8L", /^day-of-week: "8L"/],
  ["0 0 31-1 * *", /^day-of-month: "31-1" is a reversed range/],
  ["0 0 0 1 1 ? 2028-2026", /^year: "2028-2026" is a reversed range/],
  ["? * * * *", /^minute: "\?" is for the day fields alone/],
  ["0 0 ?/2 * *", /^day-of-month: "\?\/2" can't have a step/],
  ["0 0 * *\n*", /4 fields/],
  ["0\u00a00 * * *", /4 fields/],
  ["@every 5s", /use an interval trigger/],
  ["@EVERY 5s", /use an interval trigger/],
  ["@reboot", /use a once trigger/],
  ["@fortnightly", /is no macro: must be one of @yearly/],
  ["@constructor", /is no macro/],
  ["@daily 5", /is no macro/],
  ["constructor * * * *", /^minute/],
];

const QUARTZ: readonly Refusal[] = [
  ["0 0 12 1 * 2", /^day-of-week: "1 and 2".* exactly one of the day fields must be \?/],
  ["0 0 12 * * *", /exactly one/],
  ["0 0 12 ? * ?", /exactly one/],
  ["0 0 12 ? * 0", /^day-of-week: "0" must be from 1 to 7/],
  ["0 0 12 ? * 8", /^day-of-week: "8"/],
];

function check(rows: readonly Refusal[], dialect: CronDialect): void {
  for (const [expression, says] of rows) {
    it(JSON.stringify(expression), () => {
      const trigger = cron(expression, "UTC", dialect);
      const [violation, ...more] = checkTrigger(trigger, "job.trigger", now);
      assert.ok(violation, "it was taken");
      assert.equal(violation.field, "job.trigger.cron.expression");
      assert.equal(violation.reason, "BAD_CRON");
      assert.match(violation.description, says);
      assert.deepEqual(more, []);
      assert.throws(() => nextAfter(trigger, now), isReason("BAD_CRON"));
    });
  }
}

function isReason(reason: string): (error: unknown) => boolean {
  return (error) => error instanceof TickwireError && error.reason === reason;
}

describe("refused in the UNIX dialect", () => check(UNIX, "unix"));
describe("refused in the QUARTZ dialect", () => check(QUARTZ, "quartz"));

describe("whatever is written", () => {
  it("is refused with a violation, or has a next time: nothing else is thrown", () => {
    const piece = fc.constantFrom(
      ..."0 1 5 12 31 59 2025 99 * ? / - , # L W LW JAN sun @ @daily".split(" "),
      " ",
      " ",
      " ",
      "\t",
    );
    const pieces = fc.array(piece, { maxLength: 24 }).map((parts) => parts.join(""));
    const dialect = fc.constantFrom<CronDialect>("unix", "quartz");
    fc.assert(
      fc.property(fc.oneof(pieces, fc.string(), fc.string({ unit: "binary" })), dialect, (expression, one) => {
        const trigger = cron(expression, "UTC", one);
        const [violation] = checkTrigger(trigger, "t", now);
        if (violation?.reason === "BAD_CRON") assert.throws(() => nextAfter(trigger, now), isReason("BAD_CRON"));
        else assert.equal(nextAfter(trigger, now) === undefined, violation?.reason === "NEVER_FIRES");
      }),
      { numRuns: 5_000 },
    );
  });
});

describe("an expression's length", () => {
  it("256 bytes are taken, 257 are refused", () => {
    const longest = `${"0".repeat(MAX_EXPRESSION_BYTES - 8)} * * * *`;
    assert.equal(Buffer.byteLength(longest), 256);
    assert.deepEqual(checkTrigger(cron(longest), "t", now), []);
    const [violation] = checkTrigger(cron(`0${longest}`), "t", now);
    assert.match(violation?.description ?? "", /at most 256 bytes/);
    assert.throws(() => nextAfter(cron(`0${longest}`), now), isReason("BAD_CRON"));
    assert.equal(LIMITS.cron_bytes.value, MAX_EXPRESSION_BYTES);
  });
});

describe("never fires", () => {
  for (const [expression, zone, says] of [
    ["0 0 30 2 *", "UTC", /no such time exists/],
    ["0 0 31 4,6,9,11 *", "UTC", /no such time exists/],
    ["0 0 0 1 1 ? 2024", "UTC", /its last time was 2024-01-01T00:00:00.000Z/],
    ["0 0 0 29 2 ? 2025-2027", "UTC", /no such time exists/],
    ["0 0 0 1 1 ? 2025", "UTC", /its last time was 2025-01-01T00:00:00.000Z/],
    // A rhythm within an hour that the clocks skip.
    ["0 */30 2 9 3 ? 2025", "America/New_York", /no such time exists/],
  ] as const) {
    it(`${expression} in ${zone}`, () => {
      const trigger = cron(expression, zone);
      const [violation, ...more] = checkTrigger(trigger, "job.trigger", now);
      assert.deepEqual([violation?.field, violation?.reason], ["job.trigger.cron.expression", "NEVER_FIRES"]);
      assert.match(violation?.description ?? "", says);
      assert.deepEqual(more, []);
      assert.equal(nextAfter(trigger, now), undefined);
    });
  }
});

describe("a window of a cron trigger", () => {
  const LAST = "59 59 23 31 12 ? 2199";
  const within = (expression: string, startTime: string | undefined, endTime: string | undefined) => {
    const bounds = { ...(startTime && { startTime: utc(startTime) }), ...(endTime && { endTime: utc(endTime) }) };
    return { ...cron(expression), ...bounds };
  };

  for (const [expression, start, end, field, says] of [
    ["0 0 * * *", "2200-01-01", undefined, "start_time", /no occurrence after now from 2200-01-01T00:00:00/],
    [LAST, "2199-12-31T23:59:59.001", undefined, "start_time", /no occurrence after now from 2199-12-31T23:59:59.001Z/],
    ["0 0 * * *", undefined, "2024-01-01", "end_time", /no occurrence after now before 2024-01-01/],
    ["0 0 * * *", undefined, "2025-01-02", "end_time", /no occurrence after now before 2025-01-02/],
    ["0 0 * * *", "2025-06-01T00:00:01", "2025-06-02", "end_time", /no occurrence/],
    ["0 0 * * *", "2025-06-02", "2025-06-02", "end_time", /must be later than start_time/],
  ] as const) {
    it(`${expression} from ${start} to ${end} is refused`, () => {
      const trigger = within(expression, start, end);
      const [violation, ...more] = checkTrigger(trigger, "t", now);
      assert.equal(violation?.field, `t.${field}`);
      assert.match(violation?.description ?? "", says);
      assert.deepEqual(more, []);
      assert.equal(nextAfter(trigger, now), undefined);
    });
  }

  it("has its times from its start up to, and without, its end", () => {
    assert.deepEqual(checkTrigger(within(LAST, "2199-12-31T23:59:59", undefined), "t", now), []);
    const week = within("0 0 * * *", "2025-06-01", "2025-06-03");
    assert.deepEqual(checkTrigger(week, "t", now), []);
    assert.deepEqual(nextAfter(week, now), utc("2025-06-01"));
    assert.deepEqual(nextAfter(week, utc("2025-06-01")), utc("2025-06-02"));
    assert.equal(nextAfter(week, utc("2025-06-02")), undefined);
    assert.deepEqual(newestUpTo(week, now, utc("2026-01-01")), utc("2025-06-02"));
    assert.deepEqual(countBetween(week, now, utc("2026-01-01")), { count: 2, exact: true });
  });
});

describe("time zones", () => {
  const refused = [
    "Mars/Olympus",
    "",
    " UTC",
    "UTC ",
    "+01:00",
    "-05:00",
    "UTC+1",
    "BST",
    "ist",
    "SystemV/PST8",
    "\0",
    "Europe/Berl\u00ecn",
  ];
  for (const zone of [...refused, "A".repeat(65), "A".repeat(100_000)]) {
    it(`${JSON.stringify(zone.slice(0, 70))} is refused`, () => {
      const [violation, ...more] = checkTrigger(cron("0 0 * * *", zone), "job.trigger", now);
      assert.deepEqual([violation?.field, violation?.reason], ["job.trigger.cron.time_zone", "BAD_TIME_ZONE"]);
      assert.ok((violation?.description.length ?? 0) < 250, violation?.description);
      assert.deepEqual(more, []);
      const trigger = cron("0 0 * * *", zone);
      assert.throws(() => nextAfter(trigger, now), isReason("BAD_TIME_ZONE"));
      assert.throws(() => newestUpTo(trigger, now, now), isReason("BAD_TIME_ZONE"));
      assert.throws(() => countBetween(trigger, now, now), isReason("BAD_TIME_ZONE"));
    });
  }
  it("every zone that this Node lists is taken", () => {
    for (const zone of Intl.supportedValuesOf("timeZone")) {
      assert.deepEqual(checkTrigger(cron("0 0 * * *", zone), "t", now), [], zone);
    }
  });
  it("so are names that only the database has, in any case", () => {
    for (const zone of ["Etc/GMT+5", "US/Eastern", "EST5EDT", "EST", "GMT", "Asia/Kolkata", "europe/berlin"]) {
      assert.deepEqual(checkTrigger(cron("0 0 * * *", zone), "t", now), [], zone);
    }
  });
  it("expression and zone are both told", () => {
    const found = checkTrigger(cron("60 * * * *", "Mars/Olympus"), "kind.trigger", now);
    assert.deepEqual(
      found.map(({ field, reason }) => [field, reason]),
      [
        ["kind.trigger.cron.expression", "BAD_CRON"],
        ["kind.trigger.cron.time_zone", "BAD_TIME_ZONE"],
      ],
    );
  });
});
