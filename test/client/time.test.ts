import assert from "node:assert/strict";
import { test } from "node:test";
import { toDate, toDuration, toMs, toTimestamp } from "@tickwire/client/internal";
import fc from "fast-check";

test("every moment of whole milliseconds comes back", () => {
  fc.assert(
    fc.property(fc.date({ noInvalidDate: true }), (date) => {
      const time = toTimestamp(date, "t");
      assert.ok(time.nanos >= 0 && time.nanos < 1e9);
      assert.deepEqual(toDate(time), date);
    }),
  );
});

test("every span comes back to the microsecond, in the form that protobuf asks for", () => {
  const spans = fc.oneof(
    fc.double({ min: -3e8, max: 3e8, noNaN: true }),
    fc.integer({ min: -315_576_000_000_000 / 2 ** 10, max: 2 ** 31 - 1 }),
    fc.constantFrom(0.9999999, 999.9999999, -999.9999999, 1999.9996, 315_576_000_000_000, -0.0001),
  );
  fc.assert(
    fc.property(spans, (ms) => {
      const span = toDuration(ms, "s");
      assert.ok(Number.isInteger(span.nanos) && Math.abs(span.nanos) < 1e9);
      assert.ok(span.seconds === 0n || span.nanos === 0 || span.seconds > 0n === span.nanos > 0, "one sign");
      assert.ok(Math.abs((toMs(span) ?? Number.NaN) - ms) <= 0.00051 + Math.abs(ms) * 1e-12);
    }),
  );
});

test("what is no moment and no span is refused by its field", () => {
  assert.throws(() => toTimestamp(new Date("no"), "job.x"), { reason: "BAD_FIELD", message: /^job\.x: / });
  for (const ms of [Number.NaN, Number.POSITIVE_INFINITY, 1e16, "5s" as never]) {
    assert.throws(() => toDuration(ms, "job.y"), { reason: "BAD_FIELD", message: /^job\.y: / });
  }
});
