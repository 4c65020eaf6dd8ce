import assert from "node:assert/strict";
import { test } from "node:test";
import type { WorkerResult } from "../../src/dispatch/frames.js";
import { SUCCESS } from "./fake-worker.js";
import { inHouse } from "./harness.js";
import { ready } from "./manual-clock.js";

test(
  "a result that comes twice has one run and is recorded twice, on any stream and server, also when its job is gone",
  inHouse(async (house) => {
    const [one, two] = [await house.server(), await house.server()];
    const stream = house.worker().connect(one.dispatch);
    await house.schedule(one, "once");
    await house.schedule(one, "often", { trigger: { type: "interval", everyMs: 1_000, anchor: house.time() } });
    await house.clock.advance(1_010);
    const tasks = stream.tasks.slice(0, 2);
    assert.deepEqual(new Set(tasks.map(({ slug }) => slug)), new Set(["once", "often"]));
    for (const task of tasks) {
      stream.finish(task);
      stream.finish(task);
    }
    await ready();
    assert.equal(stream.receipts.length, 2, "one receipt for two that came together");
    assert.equal(one.runs.length, 2, "and each run is told once");
    for (const task of tasks) stream.finish(task);
    await ready();
    assert.deepEqual(
      stream.receipts.map(({ state }) => state),
      ["recorded", "recorded", "recorded", "recorded"],
    );
    const other = house.worker().connect(two.dispatch);
    await ready();
    for (const task of tasks) other.finish(task);
    await ready();
    assert.deepEqual(
      other.receipts.map(({ state }) => state),
      ["recorded", "recorded"],
    );
    assert.deepEqual(await house.states("once"), ["succeeded"]);
    assert.deepEqual(await house.states("often"), ["succeeded"]);
  }),
);

test(
  "an invented token, and one of another job, are stale, write nothing, and end nothing",
  inHouse(async (house) => {
    const server = await house.server();
    const [stream, thief] = [
      house.worker().connect(server.dispatch),
      house.worker({ maxTasks: 0 }).connect(server.dispatch),
    ];
    await house.schedule(server, "a");
    const before = await house.job("a");
    const results: WorkerResult[] = [
      { slug: "a", token: "f".repeat(32), outcome: SUCCESS },
      { slug: "missing", token: "e".repeat(32), outcome: SUCCESS },
      { slug: "missing", token: stream.tasks[0]?.token ?? "", outcome: SUCCESS },
    ];
    thief.events.frame({ type: "results", results });
    await ready();
    assert.deepEqual(
      thief.receipts.map(({ state }) => state),
      ["stale", "stale", "stale"],
    );
    assert.equal(thief.ended, undefined);
    assert.deepEqual(await house.job("a"), before);
    assert.deepEqual([await house.states("a"), await house.states("missing")], [[], []]);
  }),
);

test(
  "a result by the holder of a token counts on a server that never heard of the task",
  inHouse(async (house) => {
    const [one, two] = [await house.server(), await house.server()];
    const stream = house.worker().connect(one.dispatch);
    await house.schedule(one, "a");
    const other = house.worker().connect(two.dispatch);
    await ready();
    other.finish(stream.tasks[0] as never);
    await ready();
    assert.equal(other.receipts[0]?.state, "recorded");
    assert.deepEqual(await house.states("a"), ["succeeded"]);
    stream.finish(stream.tasks[0] as never);
    await ready();
    assert.equal(stream.receipts[0]?.state, "recorded");
    assert.deepEqual(await house.states("a"), ["succeeded"]);
    assert.equal(one.dispatch.workers()[0]?.running, 0);
  }),
);

test(
  "a result that can't be accepted is recorded as a failure that says so, and rejected",
  inHouse(async (house) => {
    const server = await house.server();
    const stream = house.worker().connect(server.dispatch);
    await house.schedule(server, "a");
    stream.finish(stream.tasks[0] as never, { type: "unacceptable", reason: "next_time: year 99999" });
    await ready();
    assert.deepEqual(
      stream.receipts.map(({ state, message }) => [state, message]),
      [["rejected", "next_time: year 99999"]],
    );
    const [run] = await house.runsOf("a");
    assert.equal(run?.state, "failed");
    assert.match(run?.error ?? "", /year 99999/);
    assert.equal(stream.ended, undefined);
  }),
);

test(
  "every outcome of a worker is stored as what it is",
  inHouse(async (house) => {
    const server = await house.server();
    const stream = house.worker().connect(server.dispatch);
    const anchor = house.time();
    const outcomes = {
      failed: { type: "failure", error: "no" },
      permanent: { type: "failure", error: "never", permanent: true },
      released: { type: "released" },
      snoozed: { type: "snoozed", delayMs: 60_000 },
      cancelled: { type: "cancelled" },
    } as const;
    for (const slug of Object.keys(outcomes)) await house.schedule(server, slug);
    await house.schedule(server, "payload", { trigger: { type: "interval", everyMs: 60_000, anchor } });
    for (const task of stream.tasks) stream.finish(task, outcomes[task.slug as keyof typeof outcomes]);
    await ready();
    assert.deepEqual(await house.states("failed"), ["failed"]);
    assert.equal((await house.job("failed"))?.attempt, 1);
    assert.equal((await house.job("permanent"))?.dead, "permanent_failure");
    assert.deepEqual(await house.states("released"), ["released"]);
    assert.equal((await house.job("released"))?.attempt, 0);
    assert.deepEqual(await house.states("snoozed"), ["snoozed"]);
    assert.deepEqual(await house.states("cancelled"), ["failed"], "nobody had asked for it");
    await house.clock.advance(60_000);
    const task = stream.tasks.find(({ slug }) => slug === "payload");
    stream.finish(task as never, { type: "success", result: Buffer.from("r"), payload: Buffer.from("next") });
    await house.clock.advance(60_000);
    const next = stream.tasks.filter(({ slug }) => slug === "payload").at(-1);
    assert.equal(Buffer.from(next?.payload ?? []).toString(), "next");
    assert.equal(Buffer.from((await house.job("payload"))?.lastResult ?? []).toString(), "r");
  }),
);

test(
  "76: a worker that releases everything spins nothing",
  inHouse(async (house) => {
    const server = await house.server();
    const stream = house.worker().connect(server.dispatch);
    stream.onFrame = (frame) => {
      if (frame.type === "tasks")
        for (const task of frame.tasks) queueMicrotask(() => stream.finish(task, { type: "released" }));
    };
    await house.schedule(server, "a");
    await house.clock.advance(600_000);
    // After 1, 2, 4, ... 60 s, and then every minute.
    assert.ok(stream.tasks.length >= 12 && stream.tasks.length <= 18, String(stream.tasks.length));
    assert.equal((await house.job("a"))?.failures, 0);
    assert.equal(stream.tasks.at(-1)?.attempt, 1);
  }),
);

test(
  "results of one moment are one batch; a lone one does not wait",
  inHouse(async (house) => {
    const server = await house.server();
    const stream = house.worker({ maxTasks: 1_200 }).connect(server.dispatch);
    for (let i = 0; i < 1_200; i++) await house.store1(`j${i}`);
    await house.clock.advance(1_100);
    assert.equal(stream.tasks.length, 1_200);
    const releases = () => server.wire.calls.filter((call) => call === "release").length;
    stream.finish(stream.tasks[0] as never);
    await ready();
    assert.equal(stream.receipts.length, 1, "no timer was waited for");
    const before = releases();
    for (const task of stream.tasks.slice(1, 1_200)) stream.finish(task);
    await house.clock.advance(3);
    assert.equal(stream.receipts.length, 1_200);
    assert.equal(releases() - before, 3, "batches of 500");
  }),
);

test(
  "while the store is out of reach results wait, and no receipt is sent before they are stored",
  inHouse(async (house) => {
    const server = await house.server();
    const stream = house.worker().connect(server.dispatch);
    for (let i = 0; i < 3; i++) await house.schedule(server, `j${i}`);
    server.wire.down = true;
    for (const task of stream.tasks) stream.finish(task);
    await house.clock.advance(8_000);
    assert.equal(stream.receipts.length, 0);
    assert.equal(stream.ended, undefined);
    server.wire.down = false;
    await house.clock.advance(3_500);
    assert.deepEqual(
      stream.receipts.map(({ state }) => state),
      ["recorded", "recorded", "recorded"],
    );
    for (let i = 0; i < 3; i++) assert.deepEqual(await house.states(`j${i}`), ["succeeded"]);
  }),
);

test(
  "a release whose answer was lost is sent again, and recorded once",
  inHouse(async (house) => {
    const server = await house.server();
    const stream = house.worker().connect(server.dispatch);
    await house.schedule(server, "a");
    server.wire.loseAnswers.add("release");
    stream.finish(stream.tasks[0] as never);
    await house.clock.advance(200);
    assert.equal(stream.receipts.length, 0);
    server.wire.loseAnswers.clear();
    await house.clock.advance(1_000);
    assert.deepEqual(
      stream.receipts.map(({ state }) => state),
      ["recorded"],
    );
    assert.deepEqual(await house.states("a"), ["succeeded"]);
  }),
);

test(
  "results that wait for the store are bounded: past 64 MiB the stream that brings more ends, and the worker offers again",
  inHouse(async (house) => {
    const server = await house.server();
    const worker = house.worker({ maxTasks: 100 });
    const stream = worker.connect(server.dispatch);
    for (let i = 0; i < 100; i++) await house.store1(`j${i}`);
    await house.clock.advance(1_100);
    assert.equal(stream.tasks.length, 100);
    server.wire.hold.add("release");
    const outcome = { type: "success" as const, result: new Uint8Array(1_048_576) };
    let taken = 0;
    for (const task of stream.tasks) {
      if (stream.ended) break;
      stream.finish(task, outcome);
      taken++;
    }
    assert.equal(stream.reason, "TOO_MANY_RESULTS");
    assert.ok(taken > 60 && taken < 70, String(taken));
    server.wire.letGo();
    await house.clock.advance(100);
    const again = worker.connect(server.dispatch);
    await ready();
    for (const task of stream.tasks) if (worker.held.has(task.token)) again.finish(task, outcome);
    await house.clock.advance(100);
    for (let i = 0; i < 100; i++) assert.deepEqual(await house.states(`j${i}`), ["succeeded"]);
  }),
);

test(
  "a caller's write while the task is out: its outcome is settled on the newest job, neither write is lost",
  inHouse(async (house) => {
    const server = await house.server();
    const stream = house.worker().connect(server.dispatch);
    await house.schedule(server, "a");
    // 68: a once-job becomes recurring while it runs.
    await house.store.edit(["a"], (job) => {
      assert.ok(job);
      const trigger = { type: "interval", everyMs: 60_000, anchor: house.time() } as const;
      const next = {
        ...job,
        trigger,
        triggerFrom: house.time(),
        triggerCount: 0,
        etag: "newer",
        payload: Buffer.from("p"),
      };
      return { answer: 0, write: { type: "put", job: next } };
    });
    stream.finish(stream.tasks[0] as never);
    await ready();
    assert.equal(stream.receipts[0]?.state, "recorded");
    const job = await house.job("a");
    assert.equal(job?.trigger.type, "interval");
    assert.equal(job?.due?.getTime(), house.time(60_000).getTime());
    assert.equal(Buffer.from(job?.payload ?? []).toString(), "p");
  }),
);

test(
  "progress is stored at most once a second, the newest wins, and a checkpoint reaches the next attempt",
  inHouse(async (house) => {
    const server = await house.server();
    const stream = house.worker().connect(server.dispatch);
    await house.schedule(server, "a", { policy: { retry: { initialBackoffMs: 1_000 } } });
    const [task] = stream.tasks;
    assert.ok(task);
    const report = (fraction: number, checkpoint?: Uint8Array) =>
      stream.events.frame({
        type: "progress",
        reports: [
          { slug: "a", token: task.token, fraction, note: `at ${fraction}`, ...(checkpoint && { checkpoint }) },
        ],
      });
    const amends = () => server.wire.calls.filter((call) => call === "amend").length;
    for (let i = 1; i <= 30; i++) {
      report(i / 100);
      await house.clock.advance(100);
    }
    assert.ok(amends() >= 3 && amends() <= 4, String(amends()));
    await house.clock.advance(1_000);
    assert.equal((await house.job("a"))?.progress?.fraction, 0.3);
    report(0.4, Buffer.from("cp"));
    stream.events.frame({ type: "progress", reports: [{ slug: "a", token: "0".repeat(32), fraction: 1 }] });
    stream.finish(task, { type: "failure", error: "broke" });
    await house.clock.advance(2_000);
    const [, second] = stream.tasks;
    assert.equal(second?.attempt, 2);
    assert.equal(second?.previousError, "broke");
    assert.equal(Buffer.from(second?.previousCheckpoint ?? []).toString(), "cp");
  }),
);

test(
  "a listener of the feed that throws, and an outcome that the store refuses, harm no other task",
  inHouse(async (house) => {
    const server = await house.server();
    server.dispatch.feed.subscribe(() => {
      throw new Error("listener");
    });
    const stream = house.worker().connect(server.dispatch);
    for (let i = 0; i < 3; i++) await house.schedule(server, `j${i}`);
    const release = house.store.release.bind(house.store);
    house.store.release = async (writes) => {
      if (writes.some(({ slug }) => slug === "j1")) throw new Error("refused");
      return release(writes);
    };
    for (const task of stream.tasks) stream.finish(task);
    await house.clock.advance(100);
    assert.equal(stream.receipts.length, 2);
    house.store.release = release;
    await house.clock.advance(5_000);
    assert.equal(stream.receipts.length, 3);
  }),
);

test(
  "while a batch is on its way, results gather for 2 ms",
  inHouse(async (house) => {
    const server = await house.server();
    const stream = house.worker({ maxTasks: 20 }).connect(server.dispatch);
    for (let i = 0; i < 12; i++) await house.store1(`j${i}`);
    await house.clock.advance(1_100);
    server.wire.hold.add("release");
    const releases = () => server.wire.calls.filter((call) => call === "release").length;
    for (const task of stream.tasks) {
      stream.finish(task);
      await ready();
    }
    assert.equal(releases(), 1);
    await house.clock.advance(2);
    assert.equal(releases(), 2);
    server.wire.letGo();
    await ready();
    assert.equal(stream.receipts.length, 12);
  }),
);

test(
  "receipts leave in frames of at most 1 MiB, and a worker that does not read them is not remembered for ever",
  inHouse(async (house) => {
    const server = await house.server();
    const stream = house.worker({ maxTasks: 400 }).connect(server.dispatch);
    for (let i = 0; i < 400; i++) await house.store1(`j${i}`, { policy: { retry: { maxAttempts: 1 } } });
    await house.clock.advance(1_100);
    const results = stream.tasks.map(({ slug, token }): WorkerResult => {
      return { slug, token, outcome: { type: "unacceptable", reason: "x".repeat(4_000) } };
    });
    stream.events.frame({ type: "results", results });
    await house.clock.advance(5);
    assert.equal(stream.receipts.length, 400);
    for (const frame of stream.frames) {
      if (frame.type !== "receipts") continue;
      const bytes = frame.receipts.reduce((sum, { message }) => sum + message.length, 0);
      assert.ok(bytes <= 1_048_576, String(bytes));
    }
    const deaf = house.worker().connect(server.dispatch);
    await ready();
    deaf.takes = 1;
    let sent = 0;
    while (!deaf.ended && sent < 30_000) {
      const flood = Array.from({ length: 1_000 }, (_, i): WorkerResult => {
        return { slug: "none", token: (sent + i).toString(16).padStart(32, "0"), outcome: SUCCESS };
      });
      deaf.events.frame({ type: "results", results: flood });
      sent += 1_000;
      await ready();
    }
    assert.equal(deaf.reason, "TOO_MANY_RESULTS");
    assert.ok(sent >= 20_000 && sent <= 22_000, String(sent));
  }),
);
