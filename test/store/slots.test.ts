import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { freeSlots } from "../../src/store/slots.js";

const limits = fc.integer({ min: 1, max: 30 });
const held = fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 40 }).map((slots) => new Set(slots));
const wants = fc.integer({ min: 0, max: 40 });
const randoms = fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }));

describe("the choice of slots", () => {
  it("gives free numbers from 1 to the limit, as many as are wanted and the limit leaves", () => {
    fc.assert(
      fc.property(limits, held, wants, randoms, (limit, taken, want, random) => {
        const slots = freeSlots(limit, taken, want, () => random.next().value);
        assert.equal(slots.length, Math.max(0, Math.min(want, limit - taken.size)));
        assert.equal(new Set(slots).size, slots.length);
        for (const slot of slots) assert.ok(slot >= 1 && slot <= limit && !taken.has(slot));
      }),
    );
  });

  it("takes the lowest free ones while a number above the limit is held", () => {
    assert.deepEqual(
      freeSlots(5, new Set([2, 9]), 2, () => 0.99),
      [1, 3],
    );
  });

  it("two servers that read the same never go over a lowered limit together", () => {
    fc.assert(
      fc.property(limits, held, randoms, randoms, (limit, taken, one, other) => {
        fc.pre([...taken].some((slot) => slot > limit));
        const draws = [one, other].map((random) => freeSlots(limit, taken, limit, () => random.next().value));
        // The unique index lets each number in once.
        const all = new Set([...taken, ...draws.flat()]);
        assert.ok(all.size <= Math.max(limit, taken.size));
      }),
    );
  });

  it("draws every free number about as often", () => {
    const counts = new Map<number, number>();
    for (let n = 0; n < 4_000; n++) {
      for (const slot of freeSlots(5, new Set([2]), 1, Math.random)) counts.set(slot, (counts.get(slot) ?? 0) + 1);
    }
    assert.deepEqual([...counts.keys()].sort(), [1, 3, 4, 5]);
    // Each about 1,000 times, with a deviation of 27.
    for (const count of counts.values()) assert.ok(count > 800 && count < 1_200, `${count}`);
  });
});
