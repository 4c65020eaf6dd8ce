import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeStream, SUCCESS } from "./fake-worker.js";
import { inHouse } from "./harness.js";
import { ready } from "./manual-clock.js";

test(
  "a stream without a hello ends after 10 s; a broken first frame and a second hello end it at once",
  inHouse(async (house) => {
    const { dispatch } = await house.server();
    const late = new FakeStream(house.worker({ pingMs: 0 }), dispatch);
    await house.clock.advance(9_990);
    assert.equal(late.ended, undefined);
    await house.clock.advance(20);
    assert.equal(late.reason, "HELLO_LATE");
    const wrong = new FakeStream(house.worker(), dispatch);
    wrong.events.frame({ type: "results", results: [] });
    assert.equal(wrong.reason, "BAD_FIELD");
    const worker = house.worker();
    const twice = worker.connect(dispatch);
    await ready();
    twice.events.frame({ type: "hello", hello: worker.hello() });
    assert.equal(twice.reason, "BAD_FIELD");
    const old = house.worker().connect(dispatch, { protocolRevision: 0 });
    await ready();
    assert.equal(old.reason, "BAD_FIELD");
    const newer = house.worker().connect(dispatch, { protocolRevision: 9 });
    await ready();
    assert.equal(newer.welcome?.protocolRevision, 1);
  }),
);

test(
  "welcome tells the intervals, and a name where the worker gave none",
  inHouse(async (house) => {
    const { dispatch } = await house.server();
    const stream = house.worker({ instance: "ab".repeat(16) }).connect(dispatch, { workerId: "" });
    await ready();
    assert.deepEqual(stream.welcome, {
      workerId: "worker-abababab",
      serverId: "server-1",
      pingIntervalMs: 3_000,
      reconnectGraceMs: 10_000,
      adopted: [],
      stale: [],
      conflictingKinds: [],
      protocolRevision: 1,
      serverTime: house.time(),
    });
    const [status] = dispatch.workers();
    assert.equal(status?.workerId, "worker-abababab");
    assert.equal(status?.client, "fake/1");
    await house.clock.advance(60);
    const listed = await house.store.listWorkers(undefined, 10);
    assert.deepEqual(
      listed.items.map(({ instance }) => instance),
      ["ab".repeat(16)],
    );
    stream.cut();
    await house.clock.advance(60);
    assert.equal((await house.store.listWorkers(undefined, 10)).items.length, 0);
    assert.equal(dispatch.workers().length, 0);
  }),
);

test(
  "the server sends a frame at least every ping interval, and silence of three ends the stream",
  inHouse(async (house) => {
    const server = await house.server();
    const stream = house.worker({ pingMs: 0 }).connect(server.dispatch);
    await ready();
    await house.clock.advance(2_000);
    await house.schedule(server, "a");
    await house.clock.advance(2_990);
    assert.equal(stream.frames.filter(({ type }) => type === "ping").length, 0, "the task was a sign of life");
    await house.clock.advance(20);
    assert.equal(stream.frames.filter(({ type }) => type === "ping").length, 1);
    await house.clock.advance(3_980);
    assert.equal(stream.ended, undefined);
    await house.clock.advance(20);
    assert.equal(stream.reason, "WORKER_SILENT");
    // Any frame counts, one that says nothing too.
    const talks = house.worker({ pingMs: 8_000 }).connect(server.dispatch);
    await house.clock.advance(60_000);
    assert.equal(talks.ended, undefined);
  }),
);

test(
  "65: a server stopped for three pings while workers send: none is lost",
  inHouse(async (house) => {
    const server = await house.server();
    const streams = Array.from({ length: 5 }, () => house.worker({ maxTasks: 2 }).connect(server.dispatch));
    await ready();
    for (let i = 0; i < 10; i++) await house.schedule(server, `j${i}`);
    await house.clock.advance(1_000);
    for (let stop = 0; stop < 4; stop++) {
      // What the workers sent meanwhile is read only after the overdue timers: so silence is judged one ping later.
      house.clock.stopped(12_000);
      await house.clock.advance(2_000);
      for (const stream of streams) assert.equal(stream.ended, undefined);
    }
    for (const stream of streams) for (const task of stream.tasks) stream.finish(task);
    await house.clock.advance(100);
    for (let i = 0; i < 10; i++) assert.deepEqual(await house.states(`j${i}`), ["succeeded"]);
  }),
);

test(
  "a late silence timer is re-armed once, for one ping, and no further",
  inHouse(async (house) => {
    const server = await house.server();
    const stream = house.worker({ pingMs: 0 }).connect(server.dispatch);
    await ready();
    house.clock.stopped(9_600);
    await house.clock.advance(2_990);
    assert.equal(stream.ended, undefined);
    await house.clock.advance(20);
    assert.equal(stream.reason, "WORKER_SILENT");
    const other = house.worker({ pingMs: 0 }).connect(server.dispatch);
    await ready();
    house.clock.stopped(9_400);
    await house.clock.advance(0);
    assert.equal(other.reason, "WORKER_SILENT", "400 ms late is not a stopped process");
    const again = house.worker({ pingMs: 0 }).connect(server.dispatch);
    await ready();
    house.clock.stopped(9_600);
    await house.clock.advance(0);
    house.clock.stopped(4_000);
    await house.clock.advance(0);
    assert.equal(again.reason, "WORKER_SILENT", "late twice: judged");
  }),
);

test(
  "64: hello n after hello n+1, on the same server: nothing is stolen, nobody is ended",
  inHouse(async (house) => {
    const server = await house.server();
    const worker = house.worker();
    const first = worker.connect(server.dispatch);
    await house.schedule(server, "a");
    const old = worker.hello();
    first.cut();
    const newer = worker.connect(server.dispatch);
    await ready();
    assert.equal(newer.welcome?.adopted.length, 1);
    const lock = (await house.job("a"))?.lock;
    const late = new FakeStream(worker, server.dispatch);
    late.events.frame({ type: "hello", hello: old });
    await ready();
    assert.equal(late.reason, "STREAM_REPLACED");
    assert.equal(late.welcome, undefined);
    assert.equal(newer.ended, undefined);
    assert.deepEqual((await house.job("a"))?.lock, lock);
    const same = new FakeStream(worker, server.dispatch);
    same.events.frame({ type: "hello", hello: { ...old, stream: worker.stream } });
    await ready();
    assert.equal(same.reason, "STREAM_REPLACED");
    newer.finish(newer.worker.held.get(lock?.token ?? "") as never);
    await ready();
    assert.equal(newer.receipts[0]?.state, "recorded");
  }),
);

test(
  "64: hello n after hello n+1, on another server: nothing is stolen, nobody is ended",
  inHouse(async (house) => {
    const [one, two] = [await house.server(), await house.server()];
    const worker = house.worker();
    const first = worker.connect(one.dispatch);
    await house.schedule(one, "a");
    const old = worker.hello();
    first.cut();
    const newer = worker.connect(one.dispatch);
    await ready();
    const lock = (await house.job("a"))?.lock;
    assert.equal(lock?.stream, 3);
    const late = new FakeStream(worker, two.dispatch);
    late.events.frame({ type: "hello", hello: old });
    await ready();
    assert.equal(late.reason, "STREAM_REPLACED");
    assert.equal(newer.ended, undefined);
    assert.deepEqual((await house.job("a"))?.lock, lock);
    await house.clock.advance(60_000);
    assert.deepEqual((await house.job("a"))?.lock, lock);
  }),
);

test(
  "an older stream of the instance ends, and what it still brings changes nothing twice",
  inHouse(async (house) => {
    const server = await house.server();
    const worker = house.worker();
    const first = worker.connect(server.dispatch);
    await house.schedule(server, "a");
    const second = worker.connect(server.dispatch);
    await ready();
    assert.equal(first.reason, "STREAM_REPLACED");
    assert.equal(second.welcome?.adopted.length, 1);
    const [task] = first.tasks;
    first.events.frame({ type: "results", results: [{ slug: "a", token: task?.token ?? "", outcome: SUCCESS }] });
    first.events.closed();
    await ready();
    assert.deepEqual(await house.states("a"), [], "frames of an ended stream are not read");
    assert.equal(server.dispatch.holderOf(task?.token ?? "")?.instance, worker.instance);
    second.finish(task as never);
    await ready();
    assert.deepEqual(await house.states("a"), ["succeeded"]);
  }),
);

test(
  "two hellos of one worker at once: the newer wins, whichever the store answers first",
  inHouse(async (house) => {
    const server = await house.server();
    const worker = house.worker();
    const first = worker.connect(server.dispatch);
    await house.schedule(server, "a");
    await house.schedule(server, "b");
    server.wire.hold.add("adopt");
    const second = worker.connect(server.dispatch);
    await ready();
    const third = worker.connect(server.dispatch);
    await ready();
    assert.equal(second.reason, "STREAM_REPLACED");
    server.wire.letGo();
    await ready();
    assert.equal(first.reason, "STREAM_REPLACED");
    assert.equal(third.welcome?.adopted.length, 2);
    assert.equal((await house.job("a"))?.lock?.stream, 3);
    await house.clock.advance(30_000);
    for (const task of worker.held.values()) third.finish(task);
    await ready();
    assert.deepEqual([await house.states("a"), await house.states("b")], [["succeeded"], ["succeeded"]]);
  }),
);

test(
  "results that come before welcome are read after it",
  inHouse(async (house) => {
    const server = await house.server();
    const worker = house.worker();
    const first = worker.connect(server.dispatch);
    await house.schedule(server, "a");
    first.cut();
    server.wire.hold.add("adopt");
    const second = worker.connect(server.dispatch);
    second.finish(first.tasks[0] as never);
    await ready();
    assert.equal(second.welcome, undefined);
    server.wire.letGo();
    await ready();
    assert.equal(second.receipts[0]?.state, "recorded");
    const early = house.worker();
    server.wire.hold.add("adopt");
    const flood = early.connect(server.dispatch, {
      held: [{ slug: "x", token: "0".repeat(32), elapsedMs: 0, finished: true }],
    });
    const outcome = { type: "success" as const, result: new Uint8Array(3_000_000) };
    for (let i = 0; i < 3; i++) {
      flood.events.frame({ type: "results", results: [{ slug: "x", token: "0".repeat(32), outcome }] });
    }
    assert.equal(flood.reason, "TOO_MANY_RESULTS");
  }),
);
