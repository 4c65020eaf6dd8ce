import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { KindInput } from "../../src/core/kind.js";
import { inHouse } from "./harness.js";
import { ready } from "./manual-clock.js";

const mail: KindInput = { name: "mail", description: "", policy: { timeoutMs: 1_000 }, maxRunning: 2 };
const sms: KindInput = { ...mail, name: "sms", trigger: { type: "interval", everyMs: 60_000 } };

describe("kinds that a hello defines", () => {
  test(
    "are stored before the welcome, and this server goes by them at once",
    inHouse(async (house) => {
      const server = await house.server();
      const stream = house.worker().connect(server.dispatch, { define: [mail, sms] });
      await ready();
      assert.deepEqual(stream.welcome?.conflictingKinds, []);
      const { etag, createdAt, updatedAt, ...stored } = (await house.store.getKind("sms")) ?? assert.fail();
      assert.deepEqual([stored, createdAt, updatedAt], [sms, house.time(), house.time()]);
      assert.equal(server.dispatch.kinds.get("mail")?.maxRunning, 2);
    }),
  );

  test(
    "are left as they are where they are stored; welcome names those that differ, and the worker serves them all the same",
    inHouse(async (house) => {
      const server = await house.server();
      house.worker().connect(server.dispatch, { define: [mail, sms] });
      await ready();
      const before = await house.store.listKinds();
      const other = house.worker();
      const stream = other.connect(server.dispatch, { define: [{ ...mail, maxRunning: 9 }, sms] });
      await ready();
      assert.deepEqual(stream.welcome?.conflictingKinds, ["mail"]);
      assert.deepEqual(await house.store.listKinds(), before);
      await house.schedule(server, "a");
      assert.equal((await house.job("a"))?.lock !== undefined, true);
    }),
  );

  test(
    "are compared with what is stored now, not with what this server has read of it",
    inHouse(async (house) => {
      const server = await house.server();
      house.worker().connect(server.dispatch, { define: [mail, sms] });
      await ready();
      const stored = (await house.store.getKind("mail")) ?? assert.fail();
      await house.store.putKind({ ...stored, maxRunning: 9, etag: "x" }, stored.etag);
      const { etag } = (await house.store.getKind("sms")) ?? assert.fail();
      await house.store.deleteKind("sms", etag);
      const stream = house.worker().connect(server.dispatch, { define: [{ ...mail, maxRunning: 9 }, sms] });
      await ready();
      assert.deepEqual(stream.welcome?.conflictingKinds, []);
      assert.ok(await house.store.getKind("sms"), "it is registered anew");
    }),
  );

  test(
    "of many workers at once, on two servers, are stored once; what one stored the others compare with",
    inHouse(async (house) => {
      const servers = [await house.server(), await house.server()];
      const streams = Array.from({ length: 10 }, (_, n) => {
        const define = [{ ...mail, maxRunning: n % 2 }];
        return house.worker().connect((servers[n % 2] ?? assert.fail()).dispatch, { define });
      });
      await ready();
      const stored = await house.store.getKind("mail");
      for (const [n, stream] of streams.entries()) {
        assert.deepEqual(stream.welcome?.conflictingKinds, stored?.maxRunning === n % 2 ? [] : ["mail"], `${n}`);
      }
    }),
  );

  test(
    "can't be checked without the store: UNAVAILABLE, and the worker keeps its tasks",
    inHouse(async (house) => {
      const server = await house.server();
      const worker = house.worker();
      const stream = worker.connect(server.dispatch);
      await ready();
      await house.schedule(server, "a");
      assert.equal(stream.tasks.length, 1);
      stream.cut();
      server.wire.down = true;
      const refused = worker.connect(server.dispatch, { define: [mail] });
      await ready();
      assert.equal(refused.reason, "STORE_DOWN");
      server.wire.down = false;
      const again = worker.connect(server.dispatch, { define: [mail] });
      await ready();
      assert.deepEqual([again.welcome?.adopted.length, again.welcome?.conflictingKinds], [1, []]);
      assert.ok(await house.store.getKind("mail"));
    }),
  );

  test(
    "whose answer was lost are stored, and equal the next time",
    inHouse(async (house) => {
      const server = await house.server();
      const worker = house.worker();
      server.wire.loseAnswers.add("putKind");
      const refused = worker.connect(server.dispatch, { define: [mail] });
      await ready();
      assert.equal(refused.reason, "STORE_DOWN");
      server.wire.loseAnswers.clear();
      const again = worker.connect(server.dispatch, { define: [mail] });
      await ready();
      assert.deepEqual(again.welcome?.conflictingKinds, []);
    }),
  );
});

test(
  "a hello that defines none asks the store for no kinds",
  inHouse(async (house) => {
    const server = await house.server();
    server.wire.calls.length = 0;
    house.worker().connect(server.dispatch);
    await ready();
    assert.ok(!server.wire.calls.includes("putKind") && !server.wire.calls.includes("listKinds"));
  }),
);
