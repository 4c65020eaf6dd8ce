import assert from "node:assert/strict";
import { test } from "node:test";
import { inHouse } from "./harness.js";
import { ready } from "./manual-clock.js";

test(
  "a worker never holds more than its places, and a place is free again with its receipt",
  inHouse(async (house) => {
    const server = await house.server();
    for (let i = 0; i < 8; i++) await house.store1(`j${i}`);
    const stream = house.worker({ maxTasks: 3 }).connect(server.dispatch);
    await ready();
    assert.equal(stream.tasks.length, 3);
    await house.clock.advance(5_000);
    assert.equal(stream.tasks.length, 3);
    server.wire.hold.add("release");
    stream.finish(stream.tasks[0] as never);
    await house.clock.advance(1_000);
    assert.equal(stream.receipts.length, 0);
    assert.equal(stream.tasks.length, 3, "a result that waits for the store keeps its place");
    server.wire.letGo();
    await house.clock.advance(10);
    assert.equal(stream.receipts.length, 1);
    assert.equal(stream.tasks.length, 4);
  }),
);

test(
  "the old library's fault 11: 1,000 due jobs ran at once; places and max_running bound them",
  inHouse(async (house) => {
    await house.store.putKind(
      {
        name: "mail",
        description: "",
        policy: {},
        maxRunning: 7,
        etag: "1",
        createdAt: house.time(),
        updatedAt: house.time(),
      },
      undefined,
    );
    const server = await house.server();
    for (let i = 0; i < 1_000; i++) await house.store1(`m${i}`, { kind: i % 2 ? "mail" : "other" });
    const streams = [1, 2].map(() =>
      house.worker({ maxTasks: 20, kinds: { mail: undefined, other: 12 } }).connect(server.dispatch),
    );
    await house.clock.advance(3_000);
    const out = () => streams.flatMap((stream) => [...stream.worker.held.values()]);
    assert.equal(out().filter(({ kind }) => kind === "mail").length, 7);
    assert.equal(out().filter(({ kind }) => kind === "other").length, 24);
    // A freed slot is taken at once, not at the poll.
    const [stream] = streams;
    const mail = [...(stream?.worker.held.values() ?? [])].find(({ kind }) => kind === "mail");
    assert.ok(stream && mail);
    stream.finish(mail);
    await house.clock.advance(5);
    assert.equal(out().filter(({ kind }) => kind === "mail").length, 7);
    assert.equal(stream.receipts.length, 1);
  }),
);

test(
  "the emptiest session gets the next task",
  inHouse(async (house) => {
    const server = await house.server();
    const [one, two] = [10, 10].map((maxTasks) => house.worker({ maxTasks }).connect(server.dispatch));
    await ready();
    for (let i = 0; i < 10; i++) await house.schedule(server, `j${i}`);
    assert.deepEqual([one?.tasks.length, two?.tasks.length], [5, 5]);
    for (const task of two?.tasks ?? []) two?.finish(task);
    await ready();
    for (let i = 0; i < 5; i++) await house.schedule(server, `k${i}`);
    assert.deepEqual([one?.tasks.length, two?.tasks.length], [5, 10]);
    for (const task of one?.tasks ?? []) one?.finish(task);
    for (const task of two?.tasks ?? []) two?.finish(task);
    await ready();
    // Of one claim too: fewer tasks than places are spread.
    for (let i = 0; i < 6; i++) await house.store1(`l${i}`);
    await house.clock.advance(1_100);
    assert.deepEqual([one?.worker.held.size, two?.worker.held.size], [3, 3]);
  }),
);

test(
  "a worker with few places serves its many kinds in turn, and places that one kind leaves go to the others",
  inHouse(async (house) => {
    const server = await house.server();
    for (let i = 0; i < 12; i++) await house.store1(`a${i}`, { kind: "a" });
    for (let i = 0; i < 2; i++) await house.store1(`b${i}`, { kind: "b" });
    await house.store1("c0", { kind: "c" });
    const stream = house
      .worker({ maxTasks: 8, kinds: { a: undefined, b: undefined, c: undefined, d: undefined } })
      .connect(server.dispatch);
    await ready();
    const counts = new Map<string, number>();
    for (const { kind } of stream.tasks) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    assert.deepEqual([...counts].sort(), [
      ["a", 5],
      ["b", 2],
      ["c", 1],
    ]);
    const single = house.worker({ maxTasks: 1, kinds: { x: undefined, y: undefined, z: undefined } });
    for (const kind of ["x", "y", "z"]) for (let i = 0; i < 3; i++) await house.store1(`${kind}${i}`, { kind });
    const narrow = single.connect(server.dispatch);
    for (let i = 0; i < 9; i++) {
      await ready();
      assert.equal(single.held.size, 1);
      narrow.finish(narrow.tasks[i] as never);
    }
    await ready();
    assert.deepEqual(
      narrow.tasks.map(({ kind }) => kind),
      ["x", "y", "z", "x", "y", "z", "x", "y", "z"],
    );
  }),
);

test(
  "frames are cut at 1 MiB, or hold one item",
  inHouse(async (house) => {
    const server = await house.server();
    for (let i = 0; i < 20; i++)
      await house.store1(`j${i}`, { payload: new Uint8Array(i === 7 ? 1_048_576 : 200_000) });
    const stream = house.worker({ maxTasks: 100 }).connect(server.dispatch);
    await ready();
    const frames = stream.frames.flatMap((frame) => (frame.type === "tasks" ? [frame.tasks] : []));
    assert.equal(frames.flat().length, 20);
    for (const tasks of frames) {
      const bytes = tasks.reduce((sum, { payload }) => sum + payload.length, 0);
      assert.ok(tasks.length === 1 || bytes <= 1_048_576, `${tasks.length} tasks of ${bytes} bytes`);
    }
    assert.ok(frames.some((tasks) => tasks.length === 5));
    assert.equal(frames.filter((tasks) => tasks.length === 1 && tasks[0]?.payload.length === 1_048_576).length, 1);
  }),
);

test(
  "a job that was lost three times in a row is sent in a frame of its own, and named in the log",
  inHouse(async (house) => {
    const server = await house.server();
    const victim = await house.store1("victim", {
      trigger: { type: "interval", everyMs: 3_600_000, anchor: house.time() },
    });
    await house.store.edit(["victim"], (job) => {
      assert.ok(job);
      return { answer: 0, write: { type: "put", job: { ...job, losses: 3 } } };
    });
    const at = victim.due ?? house.time();
    for (let i = 0; i < 4; i++) await house.store1(`n${i}`, { trigger: { type: "once", time: at } });
    const stream = house.worker({ maxTasks: 100 }).connect(server.dispatch);
    await house.clock.advance(at.getTime() - house.time().getTime() + 5);
    const frames = stream.frames.flatMap((frame) =>
      frame.type === "tasks" ? [frame.tasks.map(({ slug }) => slug)] : [],
    );
    assert.ok(
      frames.some((slugs) => slugs.length === 1 && slugs[0] === "victim"),
      JSON.stringify(frames),
    );
    assert.equal(frames.flat().length, 5);
    assert.ok(house.logged.some(({ message, facts }) => /in a row/.test(message) && "slug" in facts));
  }),
);

test(
  "a stream whose send returned false gets no more tasks until it is drained",
  inHouse(async (house) => {
    const server = await house.server();
    const stream = house.worker({ maxTasks: 50 }).connect(server.dispatch);
    await ready();
    stream.takes = 1;
    await house.schedule(server, "a");
    assert.equal(stream.tasks.length, 1);
    await house.schedule(server, "b");
    await house.clock.advance(20_000);
    assert.equal(stream.tasks.length, 1);
    assert.equal((await house.job("b"))?.lock, undefined, "nothing is claimed for it");
    assert.equal(
      stream.frames.filter(({ type }) => type === "ping").length,
      0,
      "pings do not pile up behind what it does not read",
    );
    stream.takes = Number.POSITIVE_INFINITY;
    stream.events.drained();
    await ready();
    assert.deepEqual(
      stream.tasks.map(({ slug }) => slug),
      ["a", "b"],
    );
  }),
);

test(
  "what was claimed for a full stream, and never written, goes to another worker after a moment, with the same token",
  inHouse(async (house) => {
    const server = await house.server();
    for (let i = 0; i < 10; i++) await house.store1(`j${i}`, { payload: new Uint8Array(600_000) });
    const slow = house.worker({ maxTasks: 10 });
    const stuck = slow.connect(server.dispatch);
    stuck.onFrame = (frame) => {
      if (frame.type === "tasks") stuck.takes = 0;
    };
    await ready();
    const sent = stuck.tasks.length;
    assert.equal(sent, 1);
    const other = house.worker({ maxTasks: 10 }).connect(server.dispatch);
    await house.clock.advance(1_500);
    assert.equal(stuck.tasks.length, 1);
    assert.equal(other.tasks.length, 9);
    assert.deepEqual(new Set(other.tasks.map(({ attempt }) => attempt)), new Set([1]));
    const slugs = new Set([...stuck.tasks, ...other.tasks].map(({ slug }) => slug));
    assert.equal(slugs.size, 10);
    assert.equal((await house.states("j1")).length, 0, "nothing had to be handed back");
  }),
);

test(
  "a claimed task whose session ended before its write is handed back, uncounted, where nobody else can take it",
  inHouse(async (house) => {
    const server = await house.server();
    for (let i = 0; i < 5; i++) await house.store1(`j${i}`, { payload: new Uint8Array(600_000) });
    const stream = house.worker({ maxTasks: 10 }).connect(server.dispatch);
    stream.onFrame = (frame) => {
      if (frame.type === "tasks") stream.takes = 0;
    };
    await ready();
    assert.equal(stream.tasks.length, 1);
    stream.cut();
    await ready();
    const began = stream.tasks[0]?.slug;
    for (let i = 0; i < 5; i++) {
      const job = await house.job(`j${i}`);
      if (`j${i}` === began) assert.ok(job?.lock);
      else {
        assert.equal(job?.lock, undefined);
        assert.equal(job?.attempt, 0);
        assert.equal(job?.due?.getTime(), job?.occurrence.getTime());
      }
    }
  }),
);

test(
  "capacity changes hold at once, also below what is out; a draining worker gets nothing more",
  inHouse(async (house) => {
    const server = await house.server();
    for (let i = 0; i < 30; i++) await house.store1(`j${i}`);
    const stream = house.worker({ maxTasks: 5 }).connect(server.dispatch);
    await ready();
    assert.equal(stream.tasks.length, 5);
    stream.events.frame({ type: "capacity", capacity: { maxTasks: 2, kinds: new Map([["mail", undefined]]) } });
    for (let i = 0; i < 3; i++) stream.finish(stream.tasks[i] as never);
    await ready();
    assert.equal(stream.tasks.length, 5);
    stream.finish(stream.tasks[3] as never);
    await ready();
    assert.equal(stream.tasks.length, 6);
    stream.events.frame({ type: "capacity", capacity: { maxTasks: 10, kinds: new Map([["mail", 4]]) } });
    await ready();
    assert.equal(stream.worker.held.size, 4);
    stream.events.frame({ type: "drain" });
    for (const task of [...stream.worker.held.values()]) stream.finish(task);
    await house.clock.advance(2_000);
    assert.equal(stream.worker.held.size, 0);
    assert.equal(stream.ended, undefined, "the stream stays open for the results");
    assert.equal(server.dispatch.workers()[0]?.draining, true);
  }),
);

test(
  "nothing is claimed for a kind that nobody serves, and for a kind that is paused",
  inHouse(async (house) => {
    const server = await house.server();
    await house.store1("waits", { kind: "unknown" });
    const at = house.time();
    const kind = { name: "mail", description: "", policy: {}, maxRunning: 0, createdAt: at, updatedAt: at };
    await house.store.putKind({ ...kind, etag: "1", pause: { reason: "", at } }, undefined);
    await server.dispatch.kinds.refresh();
    await house.store1("paused");
    const stream = house.worker().connect(server.dispatch);
    await house.clock.advance(10_000);
    assert.equal(stream.tasks.length, 0);
    assert.ok((await house.job("waits"))?.due);
    await house.store.putKind({ ...kind, etag: "2" }, "1");
    await house.clock.advance(1_100);
    assert.deepEqual(
      stream.tasks.map(({ slug }) => slug),
      ["paused"],
    );
  }),
);

test(
  "one place for many kinds: what is due is found with a few questions, not with a claim for each kind",
  inHouse(async (house) => {
    const server = await house.server();
    const kinds = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`k${i}`, undefined]));
    const stream = house.worker({ maxTasks: 1, kinds }).connect(server.dispatch);
    stream.onFrame = (frame) => {
      if (frame.type === "tasks") for (const task of frame.tasks) house.clock.after(5, () => stream.finish(task));
    };
    await house.clock.advance(1_500);
    const count = () => server.wire.calls.filter((call) => call === "lock" || call === "nextRun").length;
    const before = count();
    for (let i = 0; i < 10; i++) await house.store1(`j${i}`, { kind: `k${(i * 37) % 200}` });
    await house.clock.advance(3_000);
    assert.equal(stream.receipts.length, 10);
    assert.ok(count() - before < 200, `${count() - before} questions for 10 jobs`);
  }),
);

test(
  "a claim reads no more than a few large payloads into memory, and many small ones",
  inHouse(async (house) => {
    const server = await house.server();
    const claims: number[] = [];
    const lock = house.store.lock.bind(house.store);
    house.store.lock = async (request) => {
      const jobs = await lock(request);
      if (jobs.length > 0) claims.push(jobs.length);
      return jobs;
    };
    for (let i = 0; i < 60; i++) await house.store1(`large${i}`, { payload: new Uint8Array(1_048_576) });
    const stream = house.worker({ maxTasks: 3_000 }).connect(server.dispatch);
    await ready();
    assert.equal(stream.tasks.length, 60);
    assert.ok(Math.max(...claims) <= 16, claims.join());
    claims.length = 0;
    for (let i = 0; i < 2_000; i++) await house.store1(`small${i}`);
    await house.clock.advance(1_100);
    assert.equal(stream.tasks.length, 2_060);
    assert.equal(Math.max(...claims), 500);
  }),
);

test(
  "a worker's status tells how many tasks it holds of kinds with a bound of their own, here and on other servers",
  inHouse(async (house) => {
    const [server, other] = [await house.server(), await house.server()];
    for (let i = 0; i < 3; i++) await house.store1(`m${i}`);
    for (let i = 0; i < 2; i++) await house.store1(`o${i}`, { kind: "other" });
    const stream = house.worker({ maxTasks: 10, kinds: { mail: 2, other: undefined } }).connect(server.dispatch);
    await house.clock.advance(1_000);
    assert.equal(stream.tasks.length, 4);
    const held = new Map([["mail", 2]]);
    assert.deepEqual(server.dispatch.workers()[0]?.held, held);
    assert.deepEqual(other.dispatch.workers(), []);
    // Within 5 s in the store, for every server.
    await house.clock.advance(5_000);
    const [stored] = (await house.store.listWorkers(undefined, 10)).items;
    assert.deepEqual([stored?.running, stored?.held], [4, held]);
    for (const task of stream.tasks.filter(({ kind }) => kind === "mail")) stream.finish(task as never);
    await house.clock.advance(5_000);
    assert.deepEqual(
      server.dispatch.workers()[0]?.held,
      new Map([["mail", 1]]),
      "the third, in a place that came free",
    );
  }),
);
