import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { silentLog } from "../../src/core/log.js";
import { createWebServer, type WebParts } from "../../src/web/health.js";

async function start(t: TestContext, parts: Partial<WebParts>): Promise<string> {
  const all = { refusal: () => undefined, reachStore: async () => new Date(), log: silentLog, ...parts };
  const server = createWebServer(all).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function answerOf(url: string): Promise<[number, unknown]> {
  const response = await fetch(url);
  assert.equal(response.headers.get("cache-control"), "no-store");
  return [response.status, await response.json()];
}

test("a server that can't take work is alive, and not ready, with the reason", async (t) => {
  const url = await start(t, { refusal: () => "the server is stopping" });
  assert.deepEqual(await answerOf(`${url}/healthz`), [200, { status: "ok" }]);
  assert.deepEqual(await answerOf(`${url}/readyz`), [503, { status: "not ready", reason: "the server is stopping" }]);
});

for (const [how, reachStore] of [
  ["fails", () => Promise.reject(new Error("no"))],
  ["never answers", () => new Promise(() => {})],
] as const) {
  test(`a server whose store ${how} is not ready`, async (t) => {
    const url = await start(t, { reachStore });
    assert.deepEqual(await answerOf(`${url}/readyz`), [
      503,
      { status: "not ready", reason: "the store does not answer" },
    ]);
  });
}

test("a query is no part of the path, HEAD has no body, and other methods are refused", async (t) => {
  const url = await start(t, {});
  assert.deepEqual(await answerOf(`${url}/readyz?verbose`), [200, { status: "ok" }]);
  const head = await fetch(`${url}/readyz`, { method: "HEAD" });
  assert.deepEqual([head.status, await head.text()], [200, ""]);
  const post = await fetch(`${url}/readyz`, { method: "POST" });
  assert.deepEqual([post.status, post.headers.get("allow")], [405, "GET, HEAD"]);
  assert.equal((await fetch(`${url}/metrics`)).status, 404);
});

test("an error in a check is answered, and logged", async (t) => {
  const lines: string[] = [];
  const log = { ...silentLog, error: (_: object, message: string) => void lines.push(message) };
  const url = await start(t, {
    log,
    refusal: () => {
      throw new Error("a secret");
    },
  });
  assert.deepEqual(await answerOf(`${url}/readyz`), [500, { status: "internal error" }]);
  assert.deepEqual(lines, ["HTTP request failed"]);
});
