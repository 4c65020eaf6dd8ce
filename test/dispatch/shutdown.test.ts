import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeStream } from "./fake-worker.js";
import { inHouse } from "./harness.js";
import { ready } from "./manual-clock.js";

test(
  "the order of an orderly end: not serving, drain notice, no claims, results, lease left, streams ended",
  inHouse(async (house) => {
    const server = await house.server();
    const stream = house.worker({ maxTasks: 2 }).connect(server.dispatch);
    const silent = new FakeStream(house.worker(), server.dispatch);
    await house.schedule(server, "a");
    await house.schedule(server, "b");
    const order: string[] = [];
    server.dispatch.onHealth((healthy) => order.push(healthy ? "healthy" : "not serving"));
    const done = server.dispatch.drain(5_000).then(() => order.push("drained"));
    await ready();
    assert.equal(server.dispatch.healthy(), false);
    assert.equal(silent.reason, "DRAINING");
    const [notice] = stream.drains;
    assert.equal(notice?.graceMs, 5_000);
    assert.ok((notice?.reconnectDelayMs ?? 0) * 2 < 10_000 / 2, "with its random part, under half the grace");
    await house.schedule(server, "late");
    const refused = house.worker().connect(server.dispatch);
    await ready();
    assert.equal(refused.reason, "DRAINING");
    stream.finish(stream.tasks[0] as never);
    await house.clock.advance(1_000);
    assert.deepEqual(
      stream.receipts.map(({ state }) => state),
      ["recorded"],
    );
    assert.equal(stream.ended, undefined);
    stream.finish(stream.tasks[1] as never);
    await house.clock.advance(20);
    await done;
    assert.deepEqual(order, ["not serving", "drained"]);
    assert.equal(stream.receipts.length, 2);
    assert.deepEqual(stream.ended, { error: undefined });
    assert.equal((await house.store.leases())[0]?.state, "left");
    assert.equal((await house.job("late"))?.lock, undefined);
    assert.equal(house.clock.pending, 1, "no timer is left but the fake worker's own");
    await server.dispatch.drain(5_000);
  }),
);

test(
  "the old library's fault 14: shutdown turned running jobs into failures; their workers finish them, and carry the result to the next server (66)",
  inHouse(async (house) => {
    const one = await house.server();
    const worker = house.worker();
    const first = worker.connect(one.dispatch);
    await house.schedule(one, "a");
    const done = one.dispatch.drain(3_000);
    await house.clock.advance(6_000);
    await done;
    assert.ok(first.ended);
    assert.deepEqual(await house.states("a"), []);
    const two = await house.server();
    const second = worker.connect(two.dispatch);
    await ready();
    assert.equal(second.welcome?.adopted.length, 1);
    await house.clock.advance(24_000);
    second.finish(first.tasks[0] as never);
    await ready();
    assert.deepEqual(await house.states("a"), ["succeeded"]);
    assert.equal(second.tasks.length, 0);
  }),
);

test(
  "what was never written to a stream is handed back at once",
  inHouse(async (house) => {
    const server = await house.server();
    for (let i = 0; i < 4; i++) await house.store1(`j${i}`, { payload: new Uint8Array(700_000) });
    const stream = house.worker().connect(server.dispatch);
    stream.onFrame = (frame) => {
      if (frame.type === "tasks") stream.takes = 0;
    };
    await ready();
    assert.equal(stream.tasks.length, 1);
    const done = server.dispatch.drain(2_000);
    await ready();
    for (let i = 0; i < 4; i++) {
      const slug = `j${i}`;
      const job = await house.job(slug);
      if (slug === stream.tasks[0]?.slug) assert.ok(job?.lock);
      else assert.deepEqual([job?.lock, job?.attempt, await house.states(slug)], [undefined, 0, ["released"]]);
    }
    await house.clock.advance(10_000);
    await done;
  }),
);

test(
  "a drain while the store is out of reach ends all the same",
  inHouse(async (house) => {
    const server = await house.server();
    const stream = house.worker().connect(server.dispatch);
    await house.schedule(server, "a");
    server.wire.down = true;
    stream.finish(stream.tasks[0] as never);
    const done = server.dispatch.drain(1_000);
    await house.clock.advance(20_000);
    await done;
    assert.ok(stream.ended);
    const hung = await house.server();
    for (const method of ["lock", "release", "closeLease", "renewLease", "leases"] as const) hung.wire.hold.add(method);
    house.worker().connect(hung.dispatch);
    await house.store1("b");
    await house.clock.advance(2_000);
    const second = hung.dispatch.drain(1_000);
    await house.clock.advance(20_000);
    await second;
  }),
);

test(
  "abort says nothing to the store, ends the streams, and twice is fine; a drain after it too",
  inHouse(async (house) => {
    const server = await house.server();
    const stream = house.worker().connect(server.dispatch);
    await house.schedule(server, "a");
    const before = server.wire.calls.length;
    server.dispatch.abort();
    server.dispatch.abort();
    await house.clock.advance(60_000);
    assert.equal(server.wire.calls.length, before);
    assert.ok(stream.ended);
    assert.ok((await house.job("a"))?.lock);
    assert.equal((await house.store.leases())[0]?.state, "live");
    await server.dispatch.drain(1_000);
    const late = house.worker().connect(server.dispatch);
    await ready();
    assert.equal(late.reason, "DRAINING");
  }),
);

test(
  "a start that can't reach the store rejects, and can be aborted",
  inHouse(async (house) => {
    await house.store.close();
    await assert.rejects(house.server(), { reason: "STORE_DOWN" });
  }),
);
