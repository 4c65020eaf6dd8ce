import assert from "node:assert/strict";
import { test } from "node:test";
import { inHouse } from "./harness.js";
import { ready } from "./manual-clock.js";

test(
  "the lease is renewed every sixth of its TTL, by one write",
  inHouse(async (house) => {
    const server = await house.server();
    await house.clock.advance(30_000);
    const [lease] = await house.store.leases();
    assert.equal(lease?.state, "live");
    assert.equal(server.wire.calls.filter((call) => call === "renewLease").length, 6);
  }),
);

test(
  "two thirds of a TTL without renewal: claims nothing, unhealthy, drain notice with no grace; then a new lease, and nothing re-run",
  inHouse(async (house) => {
    const server = await house.server();
    assert.deepEqual(server.health, [true]);
    const worker = house.worker();
    const first = worker.connect(server.dispatch);
    await house.schedule(server, "a");
    const [before] = await house.store.leases();
    // After a renewal at 5 s.
    await house.clock.advance(5_100);
    server.wire.down = true;
    await house.clock.advance(14_000);
    assert.equal(first.ended, undefined);
    assert.equal(server.dispatch.healthy(), true);
    await house.clock.advance(7_000);
    assert.equal(server.dispatch.healthy(), false);
    assert.deepEqual(
      first.drains.map(({ graceMs }) => graceMs),
      [0],
    );
    assert.equal(first.reason, "STORE_DOWN");
    const refused = worker.connect(server.dispatch);
    await ready();
    assert.equal(refused.reason, "STORE_DOWN", "a hello that can't be checked");
    // An outage longer than the grace: the worker lives and keeps trying.
    await house.clock.advance(120_000);
    server.wire.down = false;
    await house.store1("later");
    await house.clock.advance(1_500);
    assert.equal(server.dispatch.healthy(), true);
    assert.deepEqual(server.health, [true, false, true]);
    await house.clock.advance(5_000);
    const back = worker.connect(server.dispatch);
    await ready();
    assert.deepEqual(
      back.welcome?.adopted.map(({ slug }) => slug),
      ["a"],
    );
    assert.equal(back.tasks[0]?.slug, "later");
    back.finish(first.tasks[0] as never);
    await house.clock.advance(60_000);
    assert.deepEqual(await house.states("a"), ["succeeded"]);
    const leases = await house.store.leases();
    assert.equal(leases.filter(({ state }) => state === "live").length, 1);
    assert.notEqual(leases.find(({ state }) => state === "live")?.id, before?.id);
  }),
);

test(
  "a lease that was taken over: a new one, and what is still its own comes along; the rest is told to its worker",
  inHouse(async (house) => {
    const server = await house.server();
    const stream = house.worker().connect(server.dispatch);
    await house.schedule(server, "mine");
    await house.schedule(server, "gone");
    const [lease] = await house.store.leases();
    assert.ok(lease);
    assert.ok(await house.store.takeOver(lease.id, lease.seq));
    // Somebody has settled one of them as lost meanwhile.
    await house.store.edit(["gone"], (job) => {
      assert.ok(job);
      const { lock: _, ...rest } = job;
      return { answer: 0, write: { type: "put", job: { ...rest, due: job.occurrence, etag: "x" } } };
    });
    await house.clock.advance(5_100);
    assert.equal(stream.ended, undefined, "the loss of a lease is data on the stream, never its end");
    assert.equal(server.dispatch.healthy(), true);
    assert.deepEqual(
      stream.cancellations.map(({ slug, reason }) => [slug, reason]),
      [["gone", "lease_lost"]],
    );
    const live = (await house.store.leases()).find(({ state }) => state === "live");
    assert.notEqual(live?.id, lease.id, "a lease id is never used again");
    assert.equal((await house.job("mine"))?.lock?.lease, live?.id);
    await house.clock.advance(60_000);
    assert.deepEqual(await house.states("mine"), []);
    stream.finish(stream.tasks.find(({ slug }) => slug === "mine") as never);
    await ready();
    assert.deepEqual(await house.states("mine"), ["succeeded"]);
    await house.clock.advance(6_000);
    assert.ok(stream.tasks.filter(({ slug }) => slug === "gone").length === 2, "its next attempt");
  }),
);

test(
  "the lease's deadline is checked right before each send: a claim that came back too late is handed back, uncounted",
  inHouse(async (house) => {
    const server = await house.server();
    const stream = house.worker().connect(server.dispatch);
    await ready();
    await house.store1("a");
    server.wire.hold.add("lock");
    server.wire.hold.add("renewLease");
    await house.clock.advance(19_900);
    assert.equal(server.dispatch.healthy(), true);
    // No timer has said so yet, but the deadline is over when the claim's answer arrives.
    house.clock.stopped(200);
    server.wire.letGo("lock");
    await ready();
    server.wire.letGo();
    assert.equal(stream.tasks.length, 0);
    const job = await house.job("a");
    assert.deepEqual([job?.lock, job?.attempt, job?.counts.lost], [undefined, 0, 0]);
    assert.deepEqual(await house.states("a"), ["released"]);
    await house.clock.advance(5_000);
    assert.deepEqual(
      stream.tasks.map(({ slug, attempt }) => [slug, attempt]),
      [["a", 1]],
    );
  }),
);

test(
  "a claim whose answer was lost: the jobs that it may have locked are recovered under another lease, others go on",
  inHouse(async (house) => {
    const server = await house.server();
    const stream = house.worker().connect(server.dispatch);
    await house.schedule(server, "held");
    server.wire.loseAnswers.add("lock");
    await house.schedule(server, "lost", { policy: { retry: { initialBackoffMs: 1_000 } } });
    await house.clock.advance(100);
    server.wire.loseAnswers.clear();
    assert.ok((await house.job("lost"))?.lock, "locked, and nobody knows");
    await house.clock.advance(1_000);
    const live = (await house.store.leases()).filter(({ state }) => state === "live");
    assert.equal(live.length, 1);
    assert.equal((await house.job("held"))?.lock?.lease, live[0]?.id);
    assert.equal(server.dispatch.healthy(), true);
    await house.clock.advance(30_000);
    assert.ok(
      stream.tasks.some(({ slug }) => slug === "lost"),
      "it is never stuck",
    );
    assert.deepEqual(await house.states("held"), []);
    stream.finish(stream.tasks[0] as never);
    await ready();
    assert.equal(stream.receipts[0]?.state, "recorded");
  }),
);

test(
  "a decision under a lease that is being replaced is made again under the new one: no task is left without a keeper",
  inHouse(async (house) => {
    const server = await house.server();
    const stream = house.worker().connect(server.dispatch);
    await house.schedule(server, "a", { policy: { timeoutMs: 1_000, retry: { maxAttempts: 1 } } });
    await house.clock.advance(5_900);
    const [lease] = await house.store.leases();
    server.wire.hold.add("release");
    await house.clock.advance(200);
    assert.ok(await house.store.takeOver(lease?.id ?? "", lease?.seq ?? 0));
    await house.clock.advance(6_000);
    server.wire.letGo();
    await house.clock.advance(10_000);
    assert.deepEqual(await house.states("a"), ["timed_out"]);
    assert.equal(stream.ended, undefined);
  }),
);

test(
  "71: a server cut from the store alone: its workers move, no re-run",
  inHouse(async (house) => {
    const [one, two] = [await house.server(), await house.server()];
    const worker = house.worker();
    const first = worker.connect(one.dispatch);
    await house.schedule(one, "a");
    one.wire.down = true;
    await house.clock.advance(21_000);
    assert.equal(first.reason, "STORE_DOWN");
    const second = worker.connect(two.dispatch);
    await ready();
    assert.equal(second.welcome?.adopted.length, 1);
    await house.clock.advance(120_000);
    one.wire.down = false;
    await house.clock.advance(120_000);
    assert.deepEqual(await house.states("a"), []);
    second.finish(first.tasks[0] as never);
    await ready();
    assert.deepEqual(await house.states("a"), ["succeeded"]);
  }),
);

test(
  "what waits in a stream's outbox is not sent once the lease's deadline is over",
  inHouse(async (house) => {
    const server = await house.server();
    const stream = house.worker({ pingMs: 400 }).connect(server.dispatch);
    await ready();
    await house.clock.advance(100);
    server.wire.hold.add("renewLease");
    await house.clock.advance(19_300);
    stream.onFrame = (frame) => {
      if (frame.type === "tasks") stream.takes = 0;
    };
    for (let i = 0; i < 3; i++) await house.store1(`j${i}`, { payload: new Uint8Array(800_000) });
    server.dispatch.wake({ due: { kinds: ["mail"], at: house.time() } });
    await ready();
    assert.equal(stream.tasks.length, 1);
    stream.takes = Number.POSITIVE_INFINITY;
    stream.onFrame = undefined;
    house.clock.stopped(700);
    stream.events.drained();
    await ready();
    assert.equal(stream.tasks.length, 1);
    const unsent = [0, 1, 2].map((i) => `j${i}`).filter((slug) => slug !== stream.tasks[0]?.slug);
    for (const slug of unsent) assert.deepEqual((await house.job(slug))?.attempt, 0);
  }),
);

test(
  "what was never written goes back uncounted, however long the store is out of reach",
  inHouse(async (house) => {
    const server = await house.server();
    const stream = house.worker().connect(server.dispatch);
    stream.onFrame = (frame) => {
      if (frame.type === "tasks") stream.takes = 0;
    };
    for (let i = 0; i < 3; i++) await house.store1(`j${i}`, { payload: new Uint8Array(800_000) });
    server.wire.hold.add("release");
    await house.clock.advance(1_000);
    assert.equal(stream.tasks.length, 1);
    server.wire.down = true;
    server.wire.letGo();
    await house.clock.advance(50_000);
    server.wire.down = false;
    await house.clock.advance(8_000);
    for (let i = 0; i < 3; i++) {
      const job = await house.job(`j${i}`);
      if (job?.slug === stream.tasks[0]?.slug) continue;
      assert.deepEqual([job?.attempt, job?.lock, job?.counts.lost], [0, undefined, 0]);
    }
  }),
);

test("an outage of any length leaves each worker its whole grace to come back, and ends the tasks of one that does not", async (t) => {
  for (let downMs = 60_000; downMs < 75_000; downMs += 1_300) {
    await t.test(
      `${downMs} ms`,
      inHouse(async (house) => {
        const server = await house.server();
        const [lives, dies] = [house.worker(), house.worker()];
        const first = [lives, dies].map((worker) => worker.connect(server.dispatch));
        await house.schedule(server, "a");
        await house.schedule(server, "b");
        // One of them was away before the outage began.
        first[1]?.cut();
        await house.clock.advance(5_000);
        server.wire.down = true;
        await house.clock.advance(downMs);
        server.wire.down = false;
        while (!server.dispatch.healthy()) await house.clock.advance(100);
        await house.clock.advance(9_000);
        const again = lives.connect(server.dispatch);
        await house.clock.advance(5_000);
        const [kept] = [...lives.held.values()];
        const [lost] = [...dies.held.values()];
        assert.deepEqual(await house.states(kept?.slug ?? ""), []);
        assert.deepEqual(await house.states(lost?.slug ?? ""), ["lost"]);
        again.finish(kept as never);
        await ready();
        assert.deepEqual(await house.states(kept?.slug ?? ""), ["succeeded"]);
      }),
    );
  }
});
