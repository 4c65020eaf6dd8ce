import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { describe, test } from "node:test";
import { echoBehindProxy } from "./echo.js";
import { TcpProxy } from "./proxy.js";

describe("a proxy", { timeout: 30_000 }, () => {
  test("passes both ways, ends too, and counts", async (t) => {
    const { proxy, client } = await echoBehindProxy(t);
    const one = await client();
    const two = await client();
    one.say("hello");
    two.say("you");
    await one.answered("hello");
    await two.answered("you");
    assert.deepEqual(proxy.counts, {
      connections: 2,
      open: 2,
      bytesFromClients: 8,
      bytesFromServer: 8,
      struck: 0,
    });
    one.socket.end();
    assert.equal(await one.ended, "end");
    await proxy.until(({ open }) => open === 1);
  });

  test("passes on more than fits the system's buffers, though the client reads late", async (t) => {
    const { client, proxy } = await echoBehindProxy(t);
    const one = await client();
    const text = "0123456789abcdef".repeat(1 << 20);
    one.socket.pause();
    one.say(text);
    await proxy.until(({ bytesFromServer }) => bytesFromServer > 100_000);
    one.socket.resume();
    await one.answered(text);
  });

  test("cuts one answer, after the server has had the request, and then passes", async (t) => {
    const { proxy, client, heard } = await echoBehindProxy(t);
    const one = await client();
    const two = await client();
    const cut = proxy.cutReply({ after: (bytes) => bytes.includes("write") });
    one.say("read");
    await one.answered("read");
    one.say("write");
    await cut.struck;
    assert.equal(await one.ended, "ECONNRESET");
    assert.equal(one.answers, "read");
    assert.equal(heard(), "readwrite");
    two.say("write");
    await two.answered("write");
    assert.equal(cut.times, 1);
    assert.equal(proxy.counts.struck, 1);
  });

  test("cuts one answer of two that come at once", async (t) => {
    const { proxy, client } = await echoBehindProxy(t);
    const both = [await client(), await client()];
    proxy.cutReply();
    for (const one of both) one.say("write");
    const how = both.map(async (one) => await Promise.race([one.ended, one.answered("write")]));
    assert.deepEqual((await Promise.all(how)).sort(), ["ECONNRESET", undefined]);
  });

  test("cuts every answer where it is told to, until it is told otherwise", async (t) => {
    const { proxy, client } = await echoBehindProxy(t);
    const cut = proxy.cutReply({ always: true });
    for (const _ of [1, 2]) {
      const one = await client();
      one.say("write");
      assert.equal(await one.ended, "ECONNRESET");
    }
    assert.equal(cut.times, 2);
    proxy.pass();
    const last = await client();
    last.say("write");
    await last.answered("write");
  });

  test("drops a request after so many bytes of it, or before the first", async (t) => {
    const { proxy, client, heard } = await echoBehindProxy(t);
    const one = await client();
    const cut = proxy.dropAfter(3);
    one.say("hello");
    await cut.struck;
    assert.equal(await one.ended, "ECONNRESET");
    const two = await client();
    proxy.dropAfter(0, { after: (bytes) => bytes.includes("lost") });
    two.say("kept");
    await two.answered("kept");
    two.say("lost");
    assert.equal(await two.ended, "ECONNRESET");
    const three = await client();
    three.say("!");
    await three.answered("!");
    assert.equal(heard(), "helkept!");
  });

  test("swallows without a word, and resets what has lost bytes once it passes", async (t) => {
    const { proxy, client, heard } = await echoBehindProxy(t);
    const idle = await client();
    const one = await client();
    proxy.swallow();
    const two = await client();
    one.say("a");
    two.say("b");
    await proxy.until(({ bytesFromClients }) => bytesFromClients === 2);
    assert.equal(proxy.counts.open, 3);
    proxy.pass();
    assert.equal(await one.ended, "ECONNRESET");
    assert.equal(await two.ended, "ECONNRESET");
    idle.say("c");
    await idle.answered("c");
    assert.equal(heard(), "c");
  });

  test("swallows only what comes on connections that have sent such a request", async (t) => {
    const { proxy, client, heard } = await echoBehindProxy(t);
    const one = await client();
    const two = await client();
    proxy.swallow({ after: (bytes) => bytes.includes("mute") });
    one.say("mute");
    await proxy.until(({ struck }) => struck === 1);
    two.say("a");
    await two.answered("a");
    one.say("b");
    await proxy.until(({ bytesFromClients }) => bytesFromClients === 6);
    proxy.pass();
    assert.equal(await one.ended, "ECONNRESET");
    two.say("c");
    await two.answered("ac");
    assert.equal(heard(), "ac");
  });

  test("holds what it gets, and lets it go in order, though the client has ended", async (t) => {
    const { proxy, client, heard } = await echoBehindProxy(t);
    const one = await client();
    const two = await client();
    proxy.hold();
    one.say("a");
    two.say("b");
    await proxy.until(({ bytesFromClients }) => bytesFromClients === 2);
    two.socket.destroy();
    one.say("c");
    await proxy.until(({ bytesFromClients }) => bytesFromClients === 3);
    assert.equal(heard(), "");
    proxy.pass();
    await one.answered("ac");
    await proxy.until(({ open }) => open === 1);
    assert.equal([...heard()].sort().join(""), "abc");
  });

  test("delays each way", async (t) => {
    const { proxy, client } = await echoBehindProxy(t);
    const one = await client();
    const beganMs = performance.now();
    proxy.delay(50);
    one.say("a");
    one.say("b");
    await one.answered("ab");
    // A timer may be a millisecond early.
    assert.ok(performance.now() - beganMs >= 98);
  });

  test("resets what is open, and passes what comes", async (t) => {
    const { proxy, client } = await echoBehindProxy(t);
    const one = await client();
    one.say("a");
    await one.answered("a");
    proxy.reset();
    assert.equal(await one.ended, "ECONNRESET");
    const two = await client();
    two.say("b");
    await two.answered("b");
  });

  test("is down until it is up", async (t) => {
    const { proxy, client } = await echoBehindProxy(t);
    const one = await client();
    one.say("a");
    await one.answered("a");
    proxy.down();
    assert.equal(await one.ended, "ECONNRESET");
    const refused = await client();
    assert.equal(await refused.ended, "ECONNRESET");
    proxy.up();
    const two = await client();
    two.say("b");
    await two.answered("b");
  });

  test("ends a client's connection where the server can't be reached", async (t) => {
    const gone = await TcpProxy.to({ host: "127.0.0.1", port: 1 });
    await using proxy = await TcpProxy.to({ host: "127.0.0.1", port: gone.port });
    await gone.close();
    await gone.close();
    const socket = connect(proxy.port, "127.0.0.1");
    t.after(() => socket.destroy());
    socket.resume();
    await once(socket, "end");
  });
});
