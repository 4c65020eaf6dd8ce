import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseCron } from "../../../src/core/cron/parse.js";
import { ParseCache } from "../../../src/core/cron/parse-cache.js";

function counting(capacity: number) {
  const parsed: string[] = [];
  const cache = new ParseCache((expression, dialect) => {
    parsed.push(expression);
    return parseCron(expression, dialect);
  }, capacity);
  return { cache, parsed };
}

describe("the cache of parsed expressions", () => {
  it("parses each distinct expression once, and each dialect of it", () => {
    const { cache, parsed } = counting(10);
    const first = cache.get("0 0 ? * 2", "unix");
    assert.equal(cache.get("0 0 ? * 2", "unix"), first);
    assert.notEqual(cache.get("0 0 ? * 2", "quartz"), first);
    assert.deepEqual(parsed, ["0 0 ? * 2", "0 0 ? * 2"]);
  });

  it("holds the newest, and never more than its capacity", () => {
    const { cache, parsed } = counting(3);
    for (let minute = 0; minute < 60; minute++) cache.get(`${minute} * * * *`, "unix");
    assert.equal(cache.size, 3);
    for (const minute of [57, 58, 59]) cache.get(`${minute} * * * *`, "unix");
    assert.equal(parsed.length, 60);
    cache.get("0 * * * *", "unix");
    assert.equal(parsed.length, 61);
  });

  it("keeps nothing of what is refused", () => {
    const { cache } = counting(3);
    for (let n = 0; n < 2; n++) assert.throws(() => cache.get("60 * * * *", "unix"), /from 0 to 59/);
    assert.equal(cache.size, 0);
  });
});
