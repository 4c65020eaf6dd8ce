import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { FOR_GOOD } from "../../../src/cli/kinds/http/failure.js";
import { isPublic } from "../../../src/cli/kinds/http/public-address.js";
import { readRequest } from "../../../src/cli/kinds/http/request.js";
import { root } from "../../repo/tree.js";

const text = readFileSync(join(root, "docs/http.md"), "utf8");

describe("docs/http.md", () => {
  it("has payloads that are right", () => {
    const payloads = [...text.matchAll(/--payload '([^']+)'/g)];
    assert.equal(payloads.length, 2);
    for (const [, payload = ""] of payloads) readRequest(Buffer.from(payload));
  });

  it("lists the statuses that are permanent failures", () => {
    const [, statuses = ""] = /^\| ([\d, ]+) \| a permanent failure/m.exec(text) ?? [];
    assert.deepEqual(statuses.split(", ").map(Number), [...FOR_GOOD]);
  });

  it("names networks that are refused", () => {
    const networks = [...text.matchAll(/([0-9a-f.:]+)\/\d+|(::1)|(169\.254\.169\.254)/g)];
    assert.ok(networks.length >= 10);
    for (const [network] of networks) assert.equal(isPublic(network.replace(/\/\d+$/, "")), false, network);
  });
});
