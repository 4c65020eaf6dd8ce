import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { compareBytewise, sortBytewise } from "../../src/store/bytewise.js";

/** Where the order of UTF-16 and that of UTF-8 differ, and around it. */
const edges = [
  "",
  "a",
  "\u007f",
  "\u0080",
  "\u07ff",
  "\u0800",
  "\ud7ff",
  "\ue000",
  "\uffff",
  "\u{10000}",
  "\u{10ffff}",
];
const texts = fc.array(fc.constantFrom(...edges), { maxLength: 4 }).map((parts) => parts.join(""));

it("two strings are in the order of their UTF-8 bytes", () => {
  fc.assert(
    fc.property(
      fc.oneof(texts, fc.string({ unit: "binary" })),
      fc.oneof(texts, fc.string({ unit: "binary" })),
      (a, b) => {
        assert.equal(Math.sign(compareBytewise(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)));
      },
    ),
    { numRuns: 2_000 },
  );
});

it("texts are sorted in that order, with surrogates among them and without", () => {
  const some = fc.oneof(texts, fc.string({ unit: "binary" }), fc.string({ unit: "grapheme-ascii" }));
  fc.assert(
    fc.property(fc.array(some), (all) => {
      const bytes = all.map((text) => Buffer.from(text)).sort(Buffer.compare);
      assert.deepEqual(
        sortBytewise([...all]).map((text) => Buffer.from(text)),
        bytes,
      );
    }),
  );
});
