import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Client, Worker } from "@tickwire/client";
import { parseAddresses, showAddress } from "@tickwire/client/internal";

const shown = (given?: string | readonly string[]) => parseAddresses(given).map(showAddress);

describe("addresses", () => {
  test("are one, a list, or a text with commas, each counted once", () => {
    assert.deepEqual(shown(), ["127.0.0.1:7070"]);
    assert.deepEqual(shown("a.example:1"), ["a.example:1"]);
    assert.deepEqual(shown("a:1, b:2,a:1"), ["a:1", "b:2"]);
    assert.deepEqual(shown(["a:1", "b:2,[::1]:3", "b:2"]), ["a:1", "b:2", "[::1]:3"]);
  });

  for (const wrong of [
    "",
    "nowhere",
    "a:",
    ":1",
    "a:0",
    "a:65536",
    "::1:7070",
    "[a]:1",
    "http://a:1",
    "a b:1",
    "dns:a:1",
  ]) {
    test(`that are none are named: ${JSON.stringify(wrong)}`, () => {
      const names = (error: Error) =>
        error instanceof RangeError && error.message.endsWith(`not ${JSON.stringify(wrong)}`);
      for (const address of [wrong, `a:1,${wrong}`, ["a:1", wrong]]) {
        assert.throws(() => new Client({ address }), names);
        assert.throws(() => new Worker({ address }), names);
      }
    });
  }

  test("are not none", () => {
    assert.throws(() => new Client({ address: [] }), { name: "RangeError", message: "address names no server" });
  });
});
