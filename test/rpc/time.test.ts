import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Check } from "../../src/core/check.js";
import { readDuration, readTimestamp, toDuration, toTimestamp } from "../../src/rpc/time.js";

function timestamp(seconds: bigint, nanos: number): { date: Date | undefined; wrong: string } {
  const check = new Check();
  const date = readTimestamp(check, "at", { seconds, nanos });
  return { date, wrong: check.error()?.message ?? "" };
}

function duration(seconds: bigint, nanos: number): { ms: number | undefined; wrong: string } {
  const check = new Check();
  const ms = readDuration(check, "span", { seconds, nanos });
  return { ms, wrong: check.error()?.message ?? "" };
}

test("an instant of 1970 to 9999 survives the wire to the millisecond", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 253_402_300_799_999 }), (ms) => {
      const { seconds, nanos } = toTimestamp(new Date(ms));
      assert.equal(timestamp(seconds, nanos).date?.getTime(), ms);
    }),
  );
});

test("a span survives the wire to the millisecond", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 315_576_000_000_000 }), (ms) => {
      const { seconds, nanos } = toDuration(ms);
      assert.equal(duration(seconds, nanos).ms, ms);
    }),
  );
});

test("what is finer than a millisecond is rounded up", () => {
  assert.equal(timestamp(1n, 1).date?.getTime(), 1_001);
  assert.equal(timestamp(1n, 1_000_000).date?.getTime(), 1_001);
  assert.equal(duration(0n, 1).ms, 1);
  assert.equal(duration(2n, 999_000_001).ms, 3_000);
});

test("times that no calendar has are refused with the field and the value", () => {
  for (const [seconds, nanos] of [
    [-1n, 0],
    [-62_135_596_800n, 0],
    [253_402_300_800n, 0],
    [253_402_300_799n, 999_999_999],
    [3_093_527_980_800n, 0],
    [9_223_372_036_854_775_807n, 0],
    [-9_223_372_036_854_775_808n, 0],
    [0n, -1],
    [0n, 1_000_000_000],
  ] as const) {
    const { date, wrong } = timestamp(seconds, nanos);
    assert.equal(date, undefined);
    assert.match(wrong, /^at: .*got -?\d/);
  }
});

test("spans that are negative or past 10,000 years are refused with the field and the value", () => {
  for (const [seconds, nanos] of [
    [-1n, 0],
    [0n, -1],
    [1n, -1],
    [-1n, 1],
    [315_576_000_001n, 0],
    [9_223_372_036_854_775_807n, 0],
    [0n, 1_000_000_000],
    [0n, -1_000_000_000],
  ] as const) {
    const { ms, wrong } = duration(seconds, nanos);
    assert.equal(ms, undefined);
    assert.match(wrong, /^span: .*got -?\d/);
  }
});
