import assert from "node:assert/strict";
import { test } from "node:test";
import type { StoredJob } from "../../src/core/job.js";
import { type House, inHouse, type Server } from "./harness.js";
import { ready } from "./manual-clock.js";

/** As CancelRun writes it. */
async function cancel(house: House, slug: string): Promise<void> {
  await house.store.edit([slug], (job: StoredJob | undefined) => {
    assert.ok(job?.lock);
    const { token, lease } = job.lock;
    const next = { ...job, cancel: token, etag: `${job.etag}c` };
    return {
      answer: 0,
      write: { type: "put", job: next },
      notice: { token, lease, slug, reason: "requested" as const },
    };
  });
}

/** As DeleteJob writes it, without the run. */
async function remove(house: House, slug: string): Promise<void> {
  await house.store.edit([slug], (job: StoredJob | undefined) => {
    assert.ok(job?.lock);
    const { token, lease } = job.lock;
    return { answer: 0, write: { type: "delete" }, notice: { token, lease, slug, reason: "job_deleted" as const } };
  });
}

const ONE_TRY = { retry: { maxAttempts: 1 } };

test(
  "a cancellation reaches the worker, and its answer within 5 s is cancelled, whatever it is but a success",
  inHouse(async (house) => {
    const server = await house.server();
    const stream = house.worker().connect(server.dispatch);
    for (const slug of ["cancelled", "failed", "succeeded"]) await house.schedule(server, slug);
    for (const slug of ["cancelled", "failed", "succeeded"]) await cancel(house, slug);
    server.dispatch.wake({ cancels: true });
    await ready();
    assert.deepEqual(
      stream.cancellations.map(({ slug, reason }) => [slug, reason]),
      [
        ["cancelled", "requested"],
        ["failed", "requested"],
        ["succeeded", "requested"],
      ],
    );
    const [one, two, three] = stream.tasks;
    stream.finish(one as never, { type: "cancelled" });
    stream.finish(two as never, { type: "failure", error: "aborted" });
    stream.finish(three as never);
    await ready();
    assert.deepEqual(
      stream.receipts.map(({ state }) => state),
      ["recorded", "recorded", "recorded"],
    );
    assert.deepEqual(await house.states("cancelled"), ["cancelled"]);
    assert.deepEqual(await house.states("failed"), ["cancelled"]);
    assert.deepEqual(await house.states("succeeded"), ["succeeded"]);
    assert.equal((await house.job("cancelled"))?.dead, "cancelled");
    const lease = (await house.store.leases())[0]?.id ?? "";
    assert.deepEqual(await house.store.cancels(lease), [], "notices that were carried out are dropped");
  }),
);

test(
  "a worker that does not answer a cancellation: settled as cancelled after 5 s, and its late answer is stale",
  inHouse(async (house) => {
    const server = await house.server();
    const stream = house.worker({ maxTasks: 1 }).connect(server.dispatch);
    await house.schedule(server, "a");
    await house.store1("b");
    await cancel(house, "a");
    server.dispatch.wake({ cancels: true });
    await house.clock.advance(4_990);
    assert.deepEqual(await house.states("a"), []);
    await house.clock.advance(20);
    assert.deepEqual(await house.states("a"), ["cancelled"]);
    assert.equal(stream.tasks[1]?.slug, "b", "its place is free");
    stream.finish(stream.tasks[0] as never);
    await ready();
    assert.deepEqual(
      stream.receipts.map(({ state }) => state),
      ["stale"],
    );
  }),
);

test(
  "73: a cancel and a delete that another server wrote reach the worker within 1 s, also after an adoption",
  inHouse(async (house) => {
    const [one, two] = [await house.server(), await house.server()];
    const worker = house.worker();
    const first = worker.connect(one.dispatch);
    for (const slug of ["cancel", "delete", "moved"]) await house.schedule(one, slug);
    await cancel(house, "cancel");
    await remove(house, "delete");
    await house.clock.advance(1_000);
    assert.deepEqual(
      first.cancellations.map(({ slug, reason }) => [slug, reason]),
      [
        ["cancel", "requested"],
        ["delete", "job_deleted"],
      ],
    );
    // The notice names the lease that the job had: the worker has gone elsewhere by the time it is read.
    await cancel(house, "moved");
    first.cut();
    const second = worker.connect(two.dispatch);
    await house.clock.advance(1_000);
    const heard = second.cancellations.map(({ slug, reason }) => [slug, reason]);
    assert.ok(heard.some(([slug, reason]) => slug === "moved" && reason === "requested"));
    await house.clock.advance(5_100);
    assert.deepEqual(await house.states("moved"), ["cancelled"]);
    assert.deepEqual(await house.states("cancel"), ["cancelled"]);
    assert.equal(await house.job("delete"), undefined);
  }),
);

test(
  "a deleted job's task gives its place back: with its answer, or after 5 s",
  inHouse(async (house) => {
    const server = await house.server();
    const stream = house.worker({ maxTasks: 2 }).connect(server.dispatch);
    await house.schedule(server, "a");
    await house.schedule(server, "b");
    await house.store1("c");
    await house.store1("d");
    await remove(house, "a");
    await remove(house, "b");
    server.dispatch.wake({ cancels: true });
    await ready();
    stream.finish(stream.tasks[0] as never, { type: "cancelled" });
    await ready();
    assert.equal(stream.receipts[0]?.state, "stale");
    assert.equal(stream.tasks.length, 3);
    await house.clock.advance(5_010);
    assert.equal(stream.tasks.length, 4);
  }),
);

test(
  "an attempt that outlasts its time is told so, and settled as timed out after 5 s more",
  inHouse(async (house) => {
    const server = await house.server();
    const stream = house.worker().connect(server.dispatch);
    await house.schedule(server, "a", { policy: { timeoutMs: 2_000, ...ONE_TRY } });
    assert.equal(stream.tasks[0]?.timeoutMs, 2_000);
    await house.clock.advance(1_990);
    assert.equal(stream.cancellations.length, 0);
    await house.clock.advance(20);
    assert.equal(stream.cancellations[0]?.reason, "timed_out");
    await house.clock.advance(4_980);
    assert.deepEqual(await house.states("a"), []);
    await house.clock.advance(30);
    assert.deepEqual(await house.states("a"), ["timed_out"]);
    assert.equal((await house.job("a"))?.dead, "exhausted");
    stream.finish(stream.tasks[0] as never, { type: "failure", error: "late" });
    await ready();
    assert.equal(stream.receipts[0]?.state, "stale");
  }),
);

test(
  "answers within the 5 s after a timeout: a failure and a cancelled are stored as timed out and recorded, a success as itself",
  inHouse(async (house) => {
    const server = await house.server();
    const stream = house.worker().connect(server.dispatch);
    const policy = { timeoutMs: 1_000, ...ONE_TRY };
    for (const slug of ["failure", "cancelled", "success", "unacceptable"])
      await house.schedule(server, slug, { policy });
    await house.clock.advance(3_000);
    const task = (slug: string) => stream.tasks.find((one) => one.slug === slug) as never;
    stream.finish(task("failure"), { type: "failure", error: "was aborted" });
    stream.finish(task("cancelled"), { type: "cancelled" });
    stream.finish(task("success"));
    stream.finish(task("unacceptable"), { type: "unacceptable", reason: "odd" });
    await ready();
    assert.deepEqual(
      stream.receipts.map(({ state }) => state),
      ["recorded", "recorded", "recorded", "rejected"],
    );
    assert.deepEqual(await house.states("failure"), ["timed_out"]);
    assert.match((await house.runsOf("failure"))[0]?.error ?? "", /was aborted/);
    assert.deepEqual(await house.states("cancelled"), ["timed_out"]);
    assert.deepEqual(await house.states("success"), ["succeeded"]);
    assert.deepEqual(await house.states("unacceptable"), ["timed_out"]);
    stream.finish(task("failure"), { type: "failure", error: "was aborted" });
    await ready();
    assert.equal(stream.receipts.at(-1)?.state, "recorded");
  }),
);

test(
  "a result stops its task's timeout, also while it waits for the store",
  inHouse(async (house) => {
    const server = await house.server();
    const stream = house.worker().connect(server.dispatch);
    await house.schedule(server, "a", { policy: { timeoutMs: 1_000 } });
    server.wire.hold.add("release");
    stream.finish(stream.tasks[0] as never);
    await house.clock.advance(12_000);
    assert.equal(stream.cancellations.length, 0);
    server.wire.letGo();
    await ready();
    assert.deepEqual(await house.states("a"), ["succeeded"]);
  }),
);

test(
  "a result that comes while its timeout is on its way to the store learns which of the two was stored",
  inHouse(async (house) => {
    const server = await house.server();
    const stream = house.worker().connect(server.dispatch);
    await house.schedule(server, "a", { policy: { timeoutMs: 1_000, ...ONE_TRY } });
    await house.schedule(server, "b", { policy: { timeoutMs: 1_000, ...ONE_TRY } });
    server.wire.hold.add("release");
    await house.clock.advance(6_500);
    stream.finish(stream.tasks[0] as never);
    await house.clock.advance(100);
    assert.equal(stream.receipts.length, 0);
    server.wire.letGo();
    await house.clock.advance(10);
    assert.deepEqual(await house.states("a"), ["timed_out"]);
    assert.deepEqual(
      stream.receipts.map(({ state }) => state),
      ["stale"],
    );
    // The store did not take the decision: the worker's own word comes first.
    await house.schedule(server, "c", { policy: { timeoutMs: 1_000, ...ONE_TRY } });
    server.wire.hold.add("release");
    await house.clock.advance(6_500);
    stream.finish(stream.tasks[2] as never);
    server.wire.down = true;
    server.wire.letGo();
    await ready();
    server.wire.down = false;
    await house.clock.advance(500);
    assert.deepEqual(await house.states("c"), ["succeeded"]);
    assert.equal(stream.receipts.at(-1)?.state, "recorded");
  }),
);

test(
  "a late timeout is judged one ping later: what the worker sent meanwhile is read first",
  inHouse(async (house) => {
    const server = await house.server();
    const stream = house.worker().connect(server.dispatch);
    await house.schedule(server, "a", { policy: { timeoutMs: 2_000, ...ONE_TRY } });
    house.clock.stopped(4_000);
    await house.clock.advance(1_000);
    assert.equal(stream.cancellations.length, 0);
    stream.finish(stream.tasks[0] as never);
    await house.clock.advance(10_000);
    assert.deepEqual(await house.states("a"), ["succeeded"]);
  }),
);

test(
  "a cancel of a task whose worker is away: cancelled once its grace is over, told where it comes back",
  inHouse(async (house) => {
    const server: Server = await house.server();
    const [gone, back] = [house.worker(), house.worker()];
    const streams = [gone, back].map((worker) => worker.connect(server.dispatch));
    await house.schedule(server, "one");
    await house.schedule(server, "two");
    const holder = (slug: string) => (streams[0]?.tasks.some((task) => task.slug === slug) ? gone : back);
    for (const stream of streams) stream.cut();
    await cancel(house, "one");
    await cancel(house, "two");
    await house.clock.advance(2_000);
    const again = holder("two").connect(server.dispatch);
    await ready();
    assert.deepEqual(
      again.cancellations.map(({ slug, reason }) => [slug, reason]),
      [["two", "requested"]],
    );
    again.finish([...again.worker.held.values()][0] as never, { type: "cancelled" });
    await house.clock.advance(8_100);
    assert.deepEqual([await house.states("one"), await house.states("two")], [["cancelled"], ["cancelled"]]);
  }),
);
