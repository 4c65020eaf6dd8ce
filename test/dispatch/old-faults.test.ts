import assert from "node:assert/strict";
import { test } from "node:test";
import { inHouse } from "./harness.js";
import { ready } from "./manual-clock.js";

test(
  "the old library's fault 1: a finished run woke nobody: a job every 1 s runs at 1, 2, 3, 4 s",
  inHouse(
    async (house) => {
      const server = await house.server();
      const stream = house.worker().connect(server.dispatch);
      const begun: number[] = [];
      stream.onFrame = (frame) => {
        if (frame.type !== "tasks") return;
        for (const task of frame.tasks) {
          begun.push(house.clock.mono());
          house.clock.after(300, () => stream.finish(task));
        }
      };
      await ready();
      await house.schedule(server, "tick", { trigger: { type: "interval", everyMs: 1_000, anchor: house.time() } });
      await house.clock.advance(4_500);
      assert.deepEqual(begun, [1_000, 2_000, 3_000, 4_000]);
      const runs = await house.runsOf("tick");
      assert.deepEqual(
        runs.map(({ startedAt, occurrence }) => startedAt.getTime() - occurrence.getTime()),
        [0, 0, 0, 0],
      );
    },
    { pollMs: 60_000 },
  ),
);

test(
  "the old library's fault 2: a job of a kind that nobody here serves was deleted; it waits for a worker that does",
  inHouse(async (house) => {
    const server = await house.server();
    house.worker({ kinds: { other: undefined } }).connect(server.dispatch);
    await house.schedule(server, "a", { kind: "rare" });
    await house.clock.advance(3_600_000);
    assert.ok((await house.job("a"))?.due);
    const stream = house.worker({ kinds: { rare: undefined } }).connect(server.dispatch);
    await house.clock.advance(10);
    assert.equal(stream.tasks[0]?.slug, "a");
  }),
);

test(
  "the old library's fault 6: the lock lasted 5 min: a job of an hour runs once, and its worker's result counts",
  inHouse(async (house) => {
    const [one, two] = [await house.server(), await house.server()];
    const streams = [one, two].map(({ dispatch }) => house.worker().connect(dispatch));
    await house.schedule(one, "long", { policy: { timeoutMs: 7_200_000 } });
    await house.clock.advance(3_600_000);
    const tasks = streams.flatMap((stream) => stream.tasks);
    assert.equal(tasks.length, 1);
    const holder = streams.find((stream) => stream.tasks.length === 1);
    holder?.finish(tasks[0] as never);
    await ready();
    assert.deepEqual(await house.states("long"), ["succeeded"]);
  }),
);

test(
  "the old library's fault 8: every missed occurrence was replayed; the default runs the newest once, and counts the others",
  inHouse(async (house) => {
    const server = await house.server();
    await house.schedule(server, "tick", { trigger: { type: "interval", everyMs: 1_000, anchor: house.time() } });
    await house.clock.advance(3_600_500);
    const stream = house.worker().connect(server.dispatch);
    await house.clock.advance(10);
    assert.equal(stream.tasks.length, 1);
    assert.equal(stream.tasks[0]?.scheduledAt.getTime(), house.time().getTime() - 510);
    stream.finish(stream.tasks[0] as never);
    await ready();
    const job = await house.job("tick");
    assert.equal(job?.counts.missed, 3_599);
    assert.equal(job?.counts.occurrences, 3_600);
    assert.deepEqual(await house.states("tick"), ["succeeded"]);
  }),
);

test(
  "the old library's fault 9: retries had no limit and a crash counted as none: failures and losses count, and end",
  inHouse(async (house) => {
    const server = await house.server();
    const policy = { retry: { maxAttempts: 3, initialBackoffMs: 1_000 } };
    await house.schedule(server, "fails", { policy });
    await house.schedule(server, "crashes", { policy });
    const live = () => {
      const stream = house.worker().connect(server.dispatch);
      stream.onFrame = (frame) => {
        if (frame.type !== "tasks") return;
        const tasks = [...frame.tasks];
        house.clock.after(10, () => {
          if (stream.ended) return;
          for (const task of tasks) if (task.slug === "fails") stream.finish(task, { type: "failure", error: "no" });
          if (!tasks.some(({ slug }) => slug === "crashes")) return;
          house.clock.after(10, () => {
            stream.cut();
            live();
          });
        });
      };
    };
    live();
    await house.clock.advance(300_000);
    assert.deepEqual(await house.states("fails"), ["failed", "failed", "failed"]);
    assert.deepEqual(await house.states("crashes"), ["lost", "lost", "lost"]);
    for (const slug of ["fails", "crashes"]) assert.equal((await house.job(slug))?.dead, "exhausted");
  }),
);
