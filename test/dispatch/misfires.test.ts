import assert from "node:assert/strict";
import { test } from "node:test";
import { pauseJob, resumeJob } from "../../src/core/edits.js";
import { stateOf } from "../../src/core/job.js";
import { DEFAULT_POLICY } from "../../src/core/policy.js";
import type { TriggerInput } from "../../src/core/trigger.js";
import { updateJob } from "../../src/core/update-job.js";
import { runIdOf } from "../../src/store/store.js";
import type { FakeWorker } from "./fake-worker.js";
import { type House, inHouse, type Server } from "./harness.js";
import { ready } from "./manual-clock.js";

/** A worker that succeeds at once; answers the scheduled times of what it was sent, in s after `from`. */
function succeeding(house: House, server: Server, from = 0): number[] {
  const times: number[] = [];
  const worker: FakeWorker = house.worker();
  const stream = worker.connect(server.dispatch);
  const zero = house.time(-house.clock.mono() + from * 1_000).getTime();
  stream.onFrame = (frame) => {
    if (frame.type !== "tasks") return;
    for (const task of frame.tasks) {
      times.push((task.scheduledAt.getTime() - zero) / 1_000);
      house.clock.after(1, () => stream.finish(task));
    }
  };
  return times;
}

const everySecond = (house: House): TriggerInput => ({ type: "interval", everyMs: 1_000, anchor: house.time() });
const editing = (house: House) => ({ now: house.time(), policyOf: () => DEFAULT_POLICY, runIdOf });

const OUTAGES = [
  ["fire_once", [3_600, 3_601], 3_599],
  ["skip", [3_600, 3_601], 3_599],
  ["replay", [3_598, 3_599, 3_600, 3_601], 3_597],
] as const;
for (const [misfire, ran, missed] of OUTAGES) {
  test(
    `no worker for an hour of a 1 s job, ${misfire}: what runs then, and what is missed`,
    inHouse(async (house) => {
      const server = await house.server();
      const policy = { misfire, maxReplays: 3 } as const;
      await house.schedule(server, "a", { trigger: everySecond(house), policy });
      await house.clock.advance(3_600_500);
      const times = succeeding(house, server);
      await house.clock.advance(600);
      assert.deepEqual(times, ran);
      const { counts, triggerCount } = (await house.job("a")) ?? assert.fail("it is gone");
      assert.deepEqual(
        [counts.missed, counts.succeeded, counts.occurrences],
        [missed, ran.length, missed + ran.length],
      );
      assert.equal(triggerCount, counts.occurrences + 1);
    }),
  );
}

test(
  "a job that is resumed, and one whose own run was long, follow their misfire policy too",
  inHouse(async (house) => {
    const server = await house.server();
    await house.schedule(server, "paused", { trigger: everySecond(house) });
    await house.store.edit(["paused"], (job) => pauseJob(job, "", editing(house)));
    const times = succeeding(house, server);
    await house.clock.advance(100_200);
    assert.deepEqual(times, []);
    await house.store.edit(["paused"], (job) => resumeJob(job));
    server.dispatch.wake({ due: { kinds: ["mail"], at: house.time() } });
    await house.clock.advance(100);
    assert.deepEqual(times, [100]);
    assert.equal((await house.job("paused"))?.counts.missed, 99);

    const stream = house.worker({ kinds: { slow: undefined } }).connect(server.dispatch);
    await house.schedule(server, "long", { kind: "slow", trigger: everySecond(house) });
    await house.clock.advance(1_000);
    const [first] = stream.tasks;
    assert.ok(first);
    await house.clock.advance(59_600);
    stream.finish(first);
    await ready();
    await house.clock.advance(10);
    assert.equal(stream.tasks[1]?.scheduledAt.getTime(), first.scheduledAt.getTime() + 59_000);
    assert.equal((await house.job("long"))?.counts.missed, 58);
  }),
);

test(
  "so do the jobs of a kind that is resumed",
  inHouse(async (house) => {
    const server = await house.server();
    const times = succeeding(house, server);
    const at = house.time();
    const mail = { name: "mail", description: "", policy: {}, maxRunning: 0, createdAt: at, updatedAt: at };
    await house.store.putKind({ ...mail, etag: "1", pause: { reason: "", at } }, undefined);
    await house.clock.advance(2_000);
    await house.schedule(server, "a", { trigger: everySecond(house) });
    await house.clock.advance(60_300);
    assert.deepEqual(times, []);
    await house.store.putKind({ ...mail, etag: "2" }, "1");
    await house.clock.advance(1_000);
    const [first, ...more] = times;
    assert.ok(first !== undefined && first >= 62 && more.length <= 1, `${times}`);
    assert.equal((await house.job("a"))?.counts.missed, first - 3, "those from the third second on");
  }),
);

test(
  "skip: a late occurrence is given up before it is sent, uncounted, and the job ends COMPLETED where it was the last",
  inHouse(async (house) => {
    const server = await house.server();
    const trigger = { ...everySecond(house), everyMs: 60_000, endTime: house.time(150_000) } as TriggerInput;
    await house.schedule(server, "a", { trigger, policy: { misfire: "skip", jobRetentionMs: 86_400_000 } });
    await house.clock.advance(240_000);
    const times = succeeding(house, server);
    await house.clock.advance(2_000);
    const job = (await house.job("a")) ?? assert.fail("it is gone");
    assert.deepEqual([times, await house.runsOf("a")], [[], []]);
    assert.deepEqual([stateOf(job), job.counts.missed, job.attempt], ["completed", 2, 0]);
  }),
);

test(
  "max_occurrences ends a job after so many, its start delays the first, and jitter puts each off",
  inHouse(async (house) => {
    const server = await house.server();
    const times = succeeding(house, server);
    const bounds = { startTime: house.time(10_000), maxOccurrences: 3, jitterMs: 500 };
    await house.schedule(server, "a", { trigger: { type: "interval", everyMs: 1_000, ...bounds } });
    await house.clock.advance(60_000);
    assert.deepEqual(times, [10, 11, 12]);
    assert.equal(await house.job("a"), undefined);
    const lateness = (await house.runsOf("a")).map((run) => run.startedAt.getTime() - run.occurrence.getTime());
    assert.ok(lateness.every((ms) => ms >= 0 && ms < 510) && Math.max(...lateness) > 10, `${lateness} ms`);
  }),
);

test(
  "a fixed delay counts from the end of each occurrence's last attempt",
  inHouse(async (house) => {
    const server = await house.server();
    const stream = house.worker().connect(server.dispatch);
    const begun: number[] = [];
    stream.onFrame = (frame) => {
      if (frame.type !== "tasks") return;
      for (const task of frame.tasks) {
        begun.push(house.clock.mono());
        const isRetried = begun.length === 2;
        const outcome = { type: "failure", error: "", retryAfterMs: 3_000 } as const;
        house.clock.after(2_000, () => (isRetried ? stream.finish(task, outcome) : stream.finish(task)));
      }
    };
    await house.schedule(server, "a", { trigger: { type: "fixed_delay", everyMs: 10_000 } });
    await house.clock.advance(60_000);
    // 10 to 12; 22 to 24 fails, its retry from 27 to 29; 39 to 41; 51.
    assert.deepEqual(begun, [10_000, 22_000, 27_000, 39_000, 51_000]);
  }),
);

test(
  "a trigger that is changed between the claim and what start found of it is not overwritten",
  inHouse(async (house) => {
    const server = await house.server();
    await house.schedule(server, "a", { trigger: everySecond(house) });
    await house.clock.advance(5_500);
    server.wire.hold.add("amend");
    const times = succeeding(house, server);
    await house.clock.advance(10);
    assert.ok((await house.job("a"))?.lock, "it is claimed, and start has found the newest");
    const trigger = { type: "once", time: house.time(60_000) } as const;
    await house.store.edit(["a"], (job) => updateJob(job, { trigger }, "", editing(house)));
    server.wire.letGo("amend");
    await house.clock.advance(1_000);
    // Of the old trigger: it runs as it is.
    assert.deepEqual(times, [1]);
    const job = (await house.job("a")) ?? assert.fail("the new trigger's run is lost");
    assert.deepEqual([job.due, job.triggerCount], [trigger.time, 1]);
    await house.clock.advance(60_000);
    assert.equal(times.length, 2);
    assert.equal(await house.job("a"), undefined);
  }),
);
