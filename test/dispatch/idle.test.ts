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
