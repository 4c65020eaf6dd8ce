import assert from "node:assert/strict";
import { test } from "node:test";
import { Check, show, under } from "../../src/core/check.js";
import { longerThan, wrongText } from "../../src/core/check-text.js";
import { TickwireError } from "../../src/core/errors.js";

test("a received value is shown quoted, escaped, and cut with its length", () => {
  assert.equal(show('say "hi"\n'), '"say \\"hi\\"\\n"');
  assert.equal(show("x".repeat(100_000)), `"${"x".repeat(60)}…" (100,000 characters)`);
  assert.equal(show(`${"x".repeat(59)}\u{1f40d}`), `"${"x".repeat(59)}\\ud83d…" (61 characters)`);
  assert.equal(show(-5n), "-5");
  assert.equal(show(Number.NaN), "NaN");
});

test("lengths are bytes of UTF-8", () => {
  for (const [text, bytes] of [
    ["", 0],
    ["abc", 3],
    ["é", 2],
    ["€", 3],
    ["\u{1f40d}", 4],
  ] as const) {
    assert.equal(longerThan(text, bytes), false, text);
    if (bytes > 0) assert.equal(longerThan(text, bytes - 1), true, text);
  }
});

test("a text that a store would not give back as it was sent is refused", () => {
  assert.match(wrongText("a\0b", 10) ?? "", /NUL/);
  assert.match(wrongText("a\ufffd", 10) ?? "", /UTF-8/);
  assert.match(wrongText("a".repeat(11), 10) ?? "", /at most 10 bytes/);
  assert.equal(wrongText("a\n\u{1f40d}", 10), undefined);
});

test("one error tells all; its reason is theirs where they share one", () => {
  const check = new Check();
  assert.equal(check.error(), undefined);
  check.done();
  check.bad("a", "is wrong", "BAD_CRON");
  assert.equal(check.error()?.reason, "BAD_CRON");
  check.bad("b", "is wrong as well");
  const error = check.error();
  assert.equal(error?.reason, "BAD_FIELD");
  assert.equal(error?.message, "a: is wrong; b: is wrong as well");
  assert.deepEqual(error?.facts, { field: "a" });
  assert.throws(() => check.done(), TickwireError);
});

test("below a prefix the fields, the message and the facts name the whole path; an error without fields stays", () => {
  const check = new Check();
  check.bad("job.slug", "is wrong");
  const error = check.error();
  assert.ok(error);
  const item = under("requests[3].", error);
  assert.deepEqual(item.violations, [{ field: "requests[3].job.slug", description: "is wrong" }]);
  assert.equal(item.message, "requests[3].job.slug: is wrong");
  assert.deepEqual(item.facts, { field: "requests[3].job.slug" });
  const other = new TickwireError("JOB_EXISTS", "the job a exists");
  assert.equal(under("requests[3].", other), other);
});
