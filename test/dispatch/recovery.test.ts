import assert from "node:assert/strict";
import { test } from "node:test";
import { inHouse } from "./harness.js";
import { ready } from "./manual-clock.js";

test(
  "kill -9 and restart on the same store: workers that come back in time go on, nothing is re-run",
  inHouse(async (house) => {
    const one = await house.server();
    const worker = house.worker();
    const first = worker.connect(one.dispatch);
    await house.schedule(one, "a");
    one.dispatch.abort();
    await house.clock.advance(4_000);
    const two = await house.server("server-1");
    const second = worker.connect(two.dispatch);
    await ready();
    assert.deepEqual(
      second.welcome?.adopted.map(({ slug }) => slug),
      ["a"],
    );
    await house.clock.advance(180_000);
    assert.deepEqual(await house.states("a"), []);
    second.finish(first.tasks[0] as never);
    await ready();
    assert.deepEqual(await house.states("a"), ["succeeded"]);
    assert.equal((await house.store.leases()).filter(({ state }) => state === "live").length, 1);
  }),
);

test(
  "a dead server's tasks are lost after a whole TTL of watching and the worker's grace, and not before",
  inHouse(async (house) => {
    const [one, two] = [await house.server(), await house.server()];
    const gone = house.worker().connect(one.dispatch);
    const here = house.worker({ kinds: { other: undefined } }).connect(two.dispatch);
    await house.schedule(one, "a");
    await house.clock.advance(5_100);
    one.dispatch.abort();
    gone.cut();
    await house.clock.advance(30_000);
    const lease = (id: string) => house.store.leases().then((all) => all.find((one) => one.serverId === id)?.state);
    assert.equal(await lease("server-1"), "live");
    await house.clock.advance(3_000);
    assert.equal(await lease("server-1"), "fenced");
    assert.deepEqual(await house.states("a"), []);
    await house.clock.advance(7_000);
    assert.deepEqual(await house.states("a"), []);
    await house.clock.advance(6_000);
    assert.deepEqual(await house.states("a"), ["lost"]);
    assert.equal(here.ended, undefined);
  }),
);

test(
  "61: the fencer is killed after the fence: somebody else settles, once",
  inHouse(async (house) => {
    const one = await house.server();
    const stream = house.worker().connect(one.dispatch);
    await house.schedule(one, "a");
    const [two, three] = [await house.server(), await house.server()];
    one.dispatch.abort();
    stream.cut();
    await house.clock.advance(34_000);
    const fenced = (await house.store.leases()).find(({ serverId }) => serverId === "server-1");
    assert.equal(fenced?.state, "fenced");
    two.dispatch.abort();
    await house.clock.advance(15_000);
    assert.deepEqual(await house.states("a"), ["lost"]);
    assert.equal(three.dispatch.healthy(), true);
  }),
);

test(
  "two servers that see the same orphan settle it once, and a worker's hello in between defeats both",
  inHouse(async (house) => {
    const one = await house.server();
    const [lost, kept] = [house.worker(), house.worker()];
    const streams = [lost, kept].map((worker) => worker.connect(one.dispatch));
    await house.schedule(one, "a");
    await house.schedule(one, "b");
    const two = await house.server();
    await house.server();
    one.dispatch.abort();
    streams[0]?.cut();
    await house.clock.advance(38_000);
    const back = kept.connect(two.dispatch);
    await house.clock.advance(20_000);
    const [slug] = [...lost.held.values()].map((task) => task.slug);
    const [keptSlug] = [...kept.held.values()].map((task) => task.slug);
    assert.deepEqual(await house.states(slug ?? ""), ["lost"]);
    assert.deepEqual(await house.states(keptSlug ?? ""), []);
    assert.equal(back.ended, undefined);
  }),
);

test(
  "a lease that left, and a lock that names no lease at all: settled after the grace, without a TTL",
  inHouse(async (house) => {
    const server = await house.server();
    for (const slug of ["left", "absent"]) await house.store1(slug);
    const other = await house.store.openLease({ serverId: "other", ttlMs: 30_000, version: "0" });
    const request = { room: new Map([["mail", 2]]), maxRunning: new Map(), lease: other, now: house.time(), limit: 2 };
    assert.equal((await house.store.lock(request)).length, 2);
    await house.store.edit(["absent"], (job) => {
      assert.ok(job?.lock);
      return { answer: 0, write: { type: "put", job: { ...job, lock: { ...job.lock, lease: "nobody" } } } };
    });
    await house.clock.advance(9_000);
    assert.deepEqual(await house.states("left"), []);
    await house.store.closeLease(other);
    await house.clock.advance(9_000);
    assert.deepEqual(await house.states("left"), []);
    await house.clock.advance(4_000);
    assert.deepEqual(await house.states("left"), ["lost"]);
    await house.clock.advance(10_000);
    assert.deepEqual(await house.states("absent"), ["lost"]);
    assert.equal(server.dispatch.healthy(), true);
  }),
);

test(
  "each orphan has a grace of its own: a second look, for another lease's sake, does not shorten it",
  inHouse(async (house) => {
    await house.server();
    const leases: string[] = [];
    for (const slug of ["a", "b"]) {
      const lease = await house.store.openLease({ serverId: slug, ttlMs: 30_000, version: "0" });
      await house.store1(slug);
      const request = { room: new Map([["mail", 1]]), maxRunning: new Map(), lease, now: house.time(), limit: 1 };
      assert.equal((await house.store.lock(request)).length, 1);
      leases.push(lease);
    }
    await house.clock.advance(4_100);
    await house.store.closeLease(leases[0] ?? "");
    await house.clock.advance(4_500);
    await house.store.closeLease(leases[1] ?? "");
    await house.clock.advance(5_000);
    assert.deepEqual([await house.states("a"), await house.states("b")], [[], []]);
    await house.clock.advance(3_000);
    assert.deepEqual([await house.states("a"), await house.states("b")], [["lost"], []]);
    await house.clock.advance(5_000);
    assert.deepEqual([await house.states("a"), await house.states("b")], [["lost"], ["lost"]]);
  }),
);

test(
  "a grace in which the store was out of reach for seconds begins anew: no worker could have come back",
  inHouse(async (house) => {
    const [one, two] = [await house.server(), await house.server()];
    const worker = house.worker();
    worker.connect(one.dispatch);
    await house.schedule(one, "a");
    await house.clock.advance(3_000);
    const done = one.dispatch.drain(0);
    await house.clock.advance(3_000);
    await done;
    two.wire.down = true;
    await house.clock.advance(8_500);
    assert.equal(two.dispatch.healthy(), true);
    two.wire.down = false;
    await house.clock.advance(3_000);
    const back = worker.connect(two.dispatch);
    await ready();
    assert.equal(back.welcome?.adopted.length, 1);
    await house.clock.advance(30_000);
    assert.deepEqual(await house.states("a"), []);
  }),
);

test(
  "after an outage of the store for all: nobody is taken over at once on return, and nothing is re-run where workers lived",
  inHouse(async (house) => {
    const [one, two] = [await house.server(), await house.server()];
    const workers = [house.worker(), house.worker()];
    const first = [workers[0]?.connect(one.dispatch), workers[1]?.connect(two.dispatch)];
    await ready();
    for (let i = 0; i < 8; i++) await house.schedule(i % 2 ? one : two, `j${i}`);
    for (const { wire } of [one, two]) wire.down = true;
    await house.clock.advance(60_000);
    for (const stream of first) assert.equal(stream?.reason, "STORE_DOWN");
    for (const { wire } of [one, two]) wire.down = false;
    // Server 1 is back a little later than server 2.
    one.wire.down = true;
    await house.clock.advance(8_000);
    one.wire.down = false;
    await house.clock.advance(1_500);
    const again = [workers[0]?.connect(two.dispatch), workers[1]?.connect(one.dispatch)];
    await house.clock.advance(100);
    for (const stream of again) for (const task of stream?.worker.held.values() ?? []) stream?.finish(task);
    await house.clock.advance(120_000);
    for (let i = 0; i < 8; i++) assert.deepEqual(await house.states(`j${i}`), ["succeeded"], `j${i}`);
    const fenced = (await house.store.leases()).filter(({ state }) => state === "fenced");
    assert.deepEqual(fenced, []);
  }),
);

test(
  "a short outage of one server does not make it judge the others by what it could not see",
  inHouse(async (house) => {
    const [one, two] = [await house.server(), await house.server()];
    await house.clock.advance(1_000);
    // Server 2 reads the store again and again, while server 1 can't renew for most of a TTL.
    one.wire.down = true;
    await house.clock.advance(18_000);
    two.wire.down = true;
    await house.clock.advance(12_000);
    two.wire.down = false;
    await house.clock.advance(4_000);
    one.wire.down = false;
    await house.clock.advance(60_000);
    assert.equal((await house.store.leases()).filter(({ state }) => state === "fenced").length, 0);
    assert.equal(one.dispatch.healthy() && two.dispatch.healthy(), true);
  }),
);

test(
  "48: a server stopped for two TTL changes nothing with its old tokens when it wakes",
  inHouse(async (house) => {
    const one = await house.server();
    const worker = house.worker();
    const first = worker.connect(one.dispatch);
    await house.schedule(one, "a", { policy: { timeoutMs: 20_000, retry: { initialBackoffMs: 1_000 } } });
    const [lease] = await house.store.leases();
    // What others have done meanwhile: fenced it, and the task runs elsewhere.
    assert.ok(await house.store.takeOver(lease?.id ?? "", lease?.seq ?? 0));
    const other = await house.store.openLease({ serverId: "other", ttlMs: 3_600_000, version: "0" });
    const token = first.tasks[0]?.token ?? "";
    assert.ok((await house.store.adopt([{ slug: "a", token }], other, 99))[0]);
    const before = await house.job("a");
    house.clock.stopped(60_000);
    await house.clock.advance(40_000);
    assert.deepEqual(await house.job("a"), before);
    assert.deepEqual(await house.states("a"), []);
  }),
);

test(
  "77: a task that kills its worker gives up after its attempts, and its neighbours do not",
  inHouse(async (house) => {
    const server = await house.server();
    await house.schedule(server, "poison", { policy: { retry: { maxAttempts: 4, initialBackoffMs: 1_000 } } });
    for (let i = 0; i < 6; i++) await house.store1(`j${i}`, { policy: { retry: { initialBackoffMs: 2_000 } } });
    let died = 0;
    const live = () => {
      const stream = house.worker({ maxTasks: 10 }).connect(server.dispatch);
      stream.onFrame = (frame) => {
        if (frame.type !== "tasks") return;
        const tasks = [...frame.tasks];
        house.clock.after(500, () => {
          if (stream.ended) return;
          if (tasks.some(({ slug }) => slug === "poison")) {
            died++;
            stream.cut();
            house.clock.after(1_000, live);
          } else {
            for (const task of tasks) stream.finish(task);
          }
        });
      };
    };
    live();
    await house.clock.advance(400_000);
    assert.equal(died, 4);
    assert.deepEqual(await house.states("poison"), ["lost", "lost", "lost", "lost"]);
    assert.equal((await house.job("poison"))?.dead, "exhausted");
    for (let i = 0; i < 6; i++) assert.equal((await house.states(`j${i}`)).at(-1), "succeeded", `j${i}`);
  }),
);
