import assert from "node:assert/strict";
import { test } from "node:test";
import { atPort, hostOf } from "./mongo-uri.js";

test("a URI's first host, and the same URI at another port", () => {
  const cases = [
    ["mongodb://127.0.0.1:5/", "127.0.0.1", 5, "mongodb://127.0.0.1:9/?directConnection=true"],
    ["mongodb://h", "h", 27017, "mongodb://127.0.0.1:9/?directConnection=true"],
    [
      "mongodb://u:p%40@a:1,b:2/db?replicaSet=rs&w=majority",
      "a",
      1,
      "mongodb://u:p%40@127.0.0.1:9/db?replicaSet=rs&w=majority&directConnection=true",
    ],
    ["mongodb://[::1]:7/?directConnection=false", "::1", 7, "mongodb://127.0.0.1:9/?directConnection=true"],
  ] as const;
  for (const [uri, host, port, there] of cases) {
    assert.deepEqual(hostOf(uri), { host, port });
    assert.equal(atPort(uri, 9), there);
  }
});

test("a URI whose hosts are not in it is refused", () => {
  assert.throws(() => hostOf("mongodb+srv://h/"), /not a mongodb:\/\/ URI/);
});
