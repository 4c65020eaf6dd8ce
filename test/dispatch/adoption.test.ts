import assert from "node:assert/strict";
import { test } from "node:test";
import { inHouse } from "./harness.js";
import { ready } from "./manual-clock.js";

test(
  "a worker that comes back within the grace goes on: nothing is re-run",
  inHouse(async (house) => {
    const server = await house.server();
    const worker = house.worker();
    const first = worker.connect(server.dispatch);
    await house.schedule(server, "a");
    first.cut();
    await house.clock.advance(9_900);
    const second = worker.connect(server.dispatch);
    await ready();
    assert.deepEqual(
      second.welcome?.adopted.map(({ slug }) => slug),
      ["a"],
    );
    await house.clock.advance(60_000);
    assert.deepEqual(await house.states("a"), []);
    second.finish(first.tasks[0] as never);
    await ready();
    assert.deepEqual(await house.states("a"), ["succeeded"]);
    assert.equal(second.tasks.length, 0);
  }),
);

test(
  "a worker that does not come back: its attempt is lost after the grace, counted, and runs again elsewhere",
  inHouse(async (house) => {
    const server = await house.server();
    const first = house.worker().connect(server.dispatch);
    await house.schedule(server, "a", { policy: { retry: { initialBackoffMs: 1_000 } } });
    const [task] = first.tasks;
    first.cut();
    const other = house.worker().connect(server.dispatch);
    await house.clock.advance(9_990);
    assert.deepEqual(await house.states("a"), []);
    await house.clock.advance(20);
    assert.deepEqual(await house.states("a"), ["lost"]);
    assert.equal((await house.job("a"))?.counts.lost, 1);
    await house.clock.advance(3_000);
    assert.equal(other.tasks[0]?.attempt, 2);
    assert.notEqual(other.tasks[0]?.token, task?.token);
    // 67: lost is settled, then its success arrives.
    const back = first.worker.connect(server.dispatch);
    await ready();
    assert.deepEqual(
      back.welcome?.stale.map(({ token }) => token),
      [task?.token],
    );
    back.finish(task as never);
    await ready();
    assert.deepEqual(
      back.receipts.map(({ state }) => state),
      ["stale"],
    );
    assert.equal((await house.job("a"))?.lock?.token, other.tasks[0]?.token);
    other.finish(other.tasks[0] as never);
    await ready();
    assert.deepEqual(await house.states("a"), ["lost", "succeeded"]);
  }),
);

test(
  "a task that was sent and is not named in the next hello never began: it goes back at once, uncounted",
  inHouse(async (house) => {
    const server = await house.server();
    const worker = house.worker();
    const first = worker.connect(server.dispatch);
    await house.schedule(server, "named");
    await house.schedule(server, "unnamed");
    const unnamed = first.tasks.find(({ slug }) => slug === "unnamed");
    worker.held.delete(unnamed?.token ?? "");
    first.cut();
    const second = worker.connect(server.dispatch);
    await house.clock.advance(10);
    assert.deepEqual(
      second.welcome?.adopted.map(({ slug }) => slug),
      ["named"],
    );
    assert.deepEqual(
      second.tasks.map(({ slug, attempt }) => [slug, attempt]),
      [["unnamed", 1]],
    );
    assert.deepEqual(await house.states("unnamed"), ["released"]);
    assert.equal((await house.job("unnamed"))?.counts.lost, 0);
  }),
);

test(
  "what a worker named once, or told progress of, has begun: unnamed later, it waits for its grace and is lost",
  inHouse(async (house) => {
    const server = await house.server();
    const worker = house.worker();
    const first = worker.connect(server.dispatch);
    await house.schedule(server, "a");
    await house.schedule(server, "b");
    const [a, b] = first.tasks;
    assert.ok(a && b);
    first.events.frame({ type: "progress", reports: [{ slug: "b", token: b.token, fraction: 0.5 }] });
    worker.held.delete(b.token);
    const second = worker.connect(server.dispatch);
    await ready();
    worker.held.delete(a.token);
    second.cut();
    worker.connect(server.dispatch);
    await house.clock.advance(9_900);
    assert.deepEqual([await house.states("a"), await house.states("b")], [[], []]);
    await house.clock.advance(200);
    assert.deepEqual([await house.states("a"), await house.states("b")], [["lost"], ["lost"]]);
  }),
);

test(
  "63: a worker adopted by another server: the old server's grace ends without effect",
  inHouse(async (house) => {
    const [one, two] = [await house.server(), await house.server()];
    const worker = house.worker();
    const first = worker.connect(one.dispatch);
    await house.schedule(one, "a");
    first.cut();
    await house.clock.advance(5_000);
    const second = worker.connect(two.dispatch);
    await ready();
    assert.equal(second.welcome?.adopted.length, 1);
    await house.clock.advance(30_000);
    assert.deepEqual(await house.states("a"), []);
    assert.equal(one.dispatch.holderOf(first.tasks[0]?.token ?? ""), undefined);
    assert.equal(two.dispatch.holderOf(first.tasks[0]?.token ?? "")?.instance, worker.instance);
    second.finish(first.tasks[0] as never);
    await ready();
    assert.deepEqual(
      second.receipts.map(({ state }) => state),
      ["recorded"],
    );
    assert.deepEqual(await house.states("a"), ["succeeded"]);
  }),
);

test(
  "a hello while the loss of its task is on its way to the store: it waits, and learns what was decided",
  inHouse(async (house) => {
    const server = await house.server();
    const worker = house.worker();
    const first = worker.connect(server.dispatch);
    await house.schedule(server, "a");
    first.cut();
    server.wire.hold.add("release");
    await house.clock.advance(10_500);
    const second = worker.connect(server.dispatch);
    await ready();
    assert.equal(second.frames.length, 0);
    server.wire.letGo();
    await ready();
    assert.deepEqual(
      second.welcome?.stale.map(({ slug }) => slug),
      ["a"],
    );
    assert.deepEqual(await house.states("a"), ["lost"]);
  }),
);

test(
  "a result that came before the stream broke counts, and its receipt goes to the newer stream",
  inHouse(async (house) => {
    const server = await house.server();
    const worker = house.worker();
    const first = worker.connect(server.dispatch);
    await house.schedule(server, "a");
    server.wire.hold.add("release");
    first.finish(first.tasks[0] as never);
    await house.clock.advance(10);
    first.cut();
    const second = worker.connect(server.dispatch);
    await ready();
    assert.deepEqual(
      second.welcome?.adopted.map(({ slug }) => slug),
      ["a"],
    );
    second.finish(first.tasks[0] as never);
    await ready();
    server.wire.letGo();
    await ready();
    assert.deepEqual(
      second.receipts.map(({ state }) => state),
      ["recorded"],
    );
    assert.deepEqual(await house.states("a"), ["succeeded"]);
    await house.clock.advance(60_000);
    assert.deepEqual(await house.states("a"), ["succeeded"]);
    assert.equal(server.dispatch.workers()[0]?.running, 0);
  }),
);

test(
  "after an adoption the limit is what the worker says is left, at least 5 s",
  inHouse(async (house) => {
    const server = await house.server();
    const worker = house.worker();
    const first = worker.connect(server.dispatch);
    await house.schedule(server, "long", { policy: { timeoutMs: 60_000 } });
    await house.schedule(server, "short", { policy: { timeoutMs: 8_000, retry: { maxAttempts: 1 } } });
    await house.clock.advance(6_000);
    first.cut();
    await house.clock.advance(4_000);
    const second = worker.connect(server.dispatch);
    await house.clock.advance(4_990);
    assert.deepEqual(second.cancellations, []);
    await house.clock.advance(20);
    assert.deepEqual(
      second.cancellations.map(({ slug, reason }) => [slug, reason]),
      [["short", "timed_out"]],
    );
    await house.clock.advance(44_900);
    assert.equal(second.cancellations.length, 1);
    await house.clock.advance(200);
    assert.deepEqual(
      second.cancellations.map(({ slug }) => slug),
      ["short", "long"],
    );
  }),
);

test(
  "tasks of many thousands are adopted in one hello, and take their places",
  inHouse(async (house) => {
    const server = await house.server();
    const worker = house.worker({ maxTasks: 2_000 });
    const first = worker.connect(server.dispatch);
    for (let i = 0; i < 2_100; i++) await house.store1(`j${i}`);
    await house.clock.advance(2_000);
    assert.equal(worker.held.size, 2_000);
    first.cut();
    const second = worker.connect(server.dispatch);
    await house.clock.advance(2_000);
    assert.equal(second.welcome?.adopted.length, 2_000);
    assert.equal(second.tasks.length, 0);
    assert.equal(server.dispatch.workers()[0]?.running, 2_000);
  }),
);

for (const lose of ["the answer to an adoption", "the lease's time during it"] as const) {
  test(
    `a hello that loses ${lose} leaves no lock that nobody knows of: the lease ends, and the task is recovered`,
    inHouse(async (house) => {
      const first = await house.server();
      const stream = house.worker().connect(first.dispatch);
      await house.schedule(first, "a");
      const second = await house.server();
      first.dispatch.abort();
      stream.cut();
      if (lose === "the answer to an adoption") second.wire.loseAnswers.add("adopt");
      else second.wire.hold.add("adopt").add("renewLease");
      const again = stream.worker.connect(second.dispatch);
      await ready();
      if (lose !== "the answer to an adoption") {
        // The process stands still until its lease is in doubt, and reads the answers before it looks at its timers.
        await house.clock.advance(10_000);
        house.clock.stopped(11_000);
        second.wire.letGo("adopt");
        await ready();
        second.wire.letGo("renewLease");
        await ready();
      }
      assert.equal(again.reason, "STORE_DOWN");
      second.wire.loseAnswers.clear();
      // Its worker is never seen again.
      again.cut();
      await house.clock.advance(90_000);
      assert.deepEqual(await house.states("a"), ["lost"]);
      assert.equal((await house.job("a"))?.lock, undefined);
    }),
  );
}
