import assert from "node:assert/strict";
import { test } from "node:test";
import { Check } from "../../src/core/check.js";
import { PRIORITIES, readEnum } from "../../src/rpc/enums.js";

test("an enum's number is one that is known, or told beside those that are, in their order", () => {
  const check = new Check();
  assert.equal(readEnum(check, "job.priority", 4, PRIORITIES), 0);
  assert.equal(check.clean, true);
  assert.equal(readEnum(check, "job.priority", 99, PRIORITIES), undefined);
  assert.equal(check.error()?.message, "job.priority: must be one of 0, 1, 2, 3, 4; got 99");
});
