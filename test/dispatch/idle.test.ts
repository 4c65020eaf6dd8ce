import assert from "node:assert/strict";
import { test } from "node:test";
import { inHouse } from "./harness.js";
import { ready } from "./manual-clock.js";

test(
  "an idle server asks its store at most twice a second without workers, three times with",
  inHouse(async (house) => {
    const server = await house.server();
    await house.store1("far", { trigger: { type: "once", time: house.time(86_400_000) } });
    await house.clock.advance(10_000);
    let before = server.wire.calls.length;
    await house.clock.advance(300_000);
    const without = (server.wire.calls.length - before) / 300;
    assert.ok(without <= 2, `${without} a second without workers`);
    for (let i = 0; i < 20; i++) house.worker().connect(server.dispatch);
    await house.clock.advance(10_000);
    before = server.wire.calls.length;
    await house.clock.advance(300_000);
    const withWorkers = (server.wire.calls.length - before) / 300;
    assert.ok(withWorkers <= 3, `${withWorkers} a second with workers`);
  }),
);

test(
  "a paused kind with much that is due costs no more than one with nothing, however often its server is woken",
  inHouse(async (house) => {
    const server = await house.server();
    const at = house.time();
    const kind = { name: "mail", description: "", policy: {}, maxRunning: 0, createdAt: at, updatedAt: at };
    await house.store.putKind({ ...kind, etag: "1", pause: { reason: "", at } }, undefined);
    await server.dispatch.kinds.refresh();
    for (let i = 0; i < 20; i++) await house.store1(`due${i}`);
    for (let i = 0; i < 20; i++)
      await house.store1(`soon${i}`, { trigger: { type: "once", time: house.time(i * 1_000) } });
    house.worker().connect(server.dispatch);
    await house.clock.advance(100);
    const before = server.wire.calls.length;
    for (let i = 0; i < 100; i++) {
      server.dispatch.wake({ due: { kinds: ["mail"], at: house.time() } });
      await house.clock.advance(1_000);
    }
    const asked = server.wire.calls.slice(before);
    assert.ok(asked.length / 100 <= 3, `${asked.length / 100} a second`);
    assert.deepEqual(
      asked.filter((call) => call === "lock" || call === "nextRun"),
      [],
    );
  }),
);

test(
  "a drained server keeps no timer and no worker, and the store sees nothing more of it",
  inHouse(async (house) => {
    const server = await house.server();
    const stream = house.worker({ pingMs: 0 }).connect(server.dispatch);
    await house.schedule(server, "a");
    stream.finish(stream.tasks[0] as never);
    await ready();
    const done = server.dispatch.drain(1_000);
    await house.clock.advance(5_000);
    await done;
    assert.equal(house.clock.pending, 0);
    const before = server.wire.calls.length;
    await house.clock.advance(120_000);
    assert.equal(server.wire.calls.length, before);
    assert.deepEqual(server.dispatch.workers(), []);
  }),
);
