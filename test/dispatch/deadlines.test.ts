import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Deadline, Deadlines } from "../../src/dispatch/deadlines.js";
import { ManualClock } from "./manual-clock.js";

const step = fc.oneof(
  fc.record({ type: fc.constant("set" as const), ms: fc.integer({ min: 0, max: 400 }) }),
  fc.record({ type: fc.constant("clear" as const), index: fc.nat(50) }),
  fc.record({ type: fc.constant("advance" as const), ms: fc.integer({ min: 0, max: 300 }) }),
);

test("deadlines come in their order, each once, at its time, and never after they were called off", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const clock = new ManualClock();
      const deadlines = new Deadlines(clock, 100, assert.ifError);
      const set: { readonly at: number; readonly deadline: Deadline; cleared: boolean; came: number[] }[] = [];
      for (const one of steps) {
        if (one.type === "set") {
          const came: number[] = [];
          const deadline = deadlines.set(one.ms, () => came.push(clock.mono()));
          set.push({ at: clock.mono() + one.ms, deadline, cleared: false, came });
        } else if (one.type === "clear") {
          const some = set[one.index % Math.max(1, set.length)];
          deadlines.clear(some?.deadline);
          deadlines.clear(some?.deadline);
          if (some && some.came.length === 0) some.cleared = true;
        } else {
          await clock.advance(one.ms);
        }
      }
      await clock.advance(1_000);
      assert.equal(deadlines.size, 0);
      for (const { at, cleared, came } of set) assert.deepEqual(came, cleared ? [] : [at]);
    }),
    { numRuns: 60 },
  );
});

test("one that fails is told, and ends no other; none comes after stop", async () => {
  const clock = new ManualClock();
  const errors: unknown[] = [];
  const deadlines = new Deadlines(clock, 100, (error) => errors.push(error));
  const came: number[] = [];
  deadlines.set(10, () => {
    throw new Error("broken");
  });
  deadlines.set(10, () => came.push(1));
  const never = deadlines.set(30, () => came.push(2));
  await clock.advance(20);
  assert.equal(errors.length, 1);
  assert.deepEqual(came, [1]);
  deadlines.stop();
  deadlines.set(5, () => came.push(3));
  deadlines.clear(never);
  await clock.advance(100);
  assert.deepEqual(came, [1]);
});
