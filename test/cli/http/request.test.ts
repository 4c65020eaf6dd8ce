import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PermanentError } from "@tickwire/client";
import { readRequest } from "../../../src/cli/kinds/http/request.js";

const read = (payload: unknown) =>
  readRequest(Buffer.from(typeof payload === "string" ? payload : JSON.stringify(payload)));
const url = "https://example.com/";

describe("an http payload", () => {
  it("needs a url alone", () => {
    const request = read({ url: "https://Example.com/a b?c=ü#d" });
    assert.equal(request.url.href, "https://example.com/a%20b?c=%C3%BC#d");
    assert.deepEqual(
      [request.method, request.body, request.expected, [...request.headers]],
      ["GET", undefined, undefined, []],
    );
  });

  it("has a body as text, or as JSON", () => {
    const text = read({ url, body: "a=1" });
    assert.deepEqual([text.method, String(text.body)], ["POST", "a=1"]);
    assert.equal(text.headers.get("content-type"), "text/plain; charset=utf-8");
    const json = read({ url, method: "put", body: { a: [1, null] }, headers: { "X-A": "b" } });
    assert.deepEqual([json.method, String(json.body)], ["PUT", '{"a":[1,null]}']);
    assert.deepEqual(
      [...json.headers],
      [
        ["x-a", "b"],
        ["content-type", "application/json"],
      ],
    );
    const named = read({ url, body: "<a/>", headers: { "Content-Type": "text/xml" } });
    assert.deepEqual([...named.headers], [["content-type", "text/xml"]]);
    assert.equal(read({ url, body: "" }).body?.length, 0);
  });

  it("says which statuses are a success", () => {
    const has = (expectStatus: unknown, status: number) => read({ url, expectStatus }).expected?.has(status);
    assert.deepEqual([has(204, 204), has(204, 200), has("204", 204)], [true, false, true]);
    assert.deepEqual([has("4xx", 404), has("4XX", 404), has("4xx", 500)], [true, true, false]);
    assert.deepEqual([has([200, "3xx"], 302), has([200, "3xx"], 201)], [true, false]);
  });

  const REFUSED: readonly (readonly [string, unknown, RegExp])[] = [
    ["nothing", "", /^the payload is not JSON: it must be a JSON object such as/],
    ["no JSON", "curl https://example.com", /^the payload is not JSON/],
    ["a list", "[]", /^the payload is no object/],
    ["null", "null", /^the payload is no object/],
    ["no url", {}, /^the payload is wrong: url must be an absolute http: or https: URL$/],
    ["a relative url", { url: "/a" }, /url must be/],
    ["another scheme", { url: "file:///etc/passwd" }, /url must be/],
    ["a password", { url: "https://a:b@example.com" }, /url must hold no user name or password/],
    ["an unknown field", { url, header: {} }, /there is no "header"; did you mean headers\?/],
    ["the field __proto__", `{"url":"${url}","__proto__":{}}`, /there is no "__proto__"/],
    ["an unknown method", { url, method: "CONNECT" }, /method must be one of GET, HEAD, POST/],
    ["a method that is none", { url, method: 1 }, /method must be/],
    ["headers in a list", { url, headers: ["a"] }, /headers must be an object/],
    ["a number in headers", { url, headers: { "x-a": 1 } }, /headers: "x-a" must be a string/],
    ["a header's name", { url, headers: { "a b": "c" } }, /headers: "a b" is no header's name/],
    ["a header's value", { url, headers: { "x-a": "b\r\nx-c: d" } }, /headers: "x-a" holds a character/],
    ["a header twice", { url, headers: { "x-a": "b", "X-A": "c" } }, /headers: "X-A" is there twice/],
    [
      "the connection's headers",
      { url, headers: { Host: "b", "Transfer-Encoding": "c" } },
      /"Host" follows from .*"Transfer-Encoding" follows/,
    ],
    [
      "long headers",
      { url, headers: { "x-a": "b".repeat(17_000) } },
      /headers must be at most 16384 bytes together; got 17007/,
    ],
    ["a status that is none", { url, expectStatus: 600 }, /expectStatus must be a status/],
    ["a list of none", { url, expectStatus: [] }, /expectStatus must be a status/],
    ["a status of another type", { url, expectStatus: { ok: true } }, /expectStatus must be a status/],
    ["several things", { method: "X", expectStatus: true }, /method must be .*; url must be .*; expectStatus must be/],
  ];
  for (const [what, payload, message] of REFUSED) {
    it(`is refused for good: ${what}`, () => {
      assert.throws(
        () => read(payload),
        (error: unknown) => error instanceof PermanentError && message.test(error.message),
      );
    });
  }

  it("is refused for good where it is no text", () => {
    assert.throws(() => readRequest(new Uint8Array([0xff])), PermanentError);
  });
});
