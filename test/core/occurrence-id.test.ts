import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { occurrenceId } from "../../src/core/job.js";

it("an occurrence is named by its slug and its time, whatever was named before it", () => {
  const ms = fc.oneof(fc.integer({ min: 0, max: 253_402_300_799_999 }), fc.integer({ min: 0, max: 5_000 }));
  fc.assert(
    fc.property(fc.array(ms), (times) => {
      for (const time of times) {
        const at = new Date(time);
        assert.equal(occurrenceId("a/b", at), `a/b@${at.toISOString()}`);
      }
    }),
  );
});
