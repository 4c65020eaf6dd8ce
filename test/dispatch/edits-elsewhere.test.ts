import assert from "node:assert/strict";
import { test } from "node:test";
import { stateOf } from "../../src/core/job.js";
import { createService, type Service } from "../../src/service/service.js";
import { input } from "../service/harness.js";
import { type House, inHouse, type Server } from "./harness.js";
import { ready } from "./manual-clock.js";

// Edits that are asked through one server, of jobs whose workers are another's.

const POLL_MS = 1_000;

function asking(house: House, { dispatch }: Server): Service {
  const { store, log, clock } = house;
  return createService({ store, dispatch, log, version: "0", clock });
}

const everySecond = (house: House) => ({ type: "interval", everyMs: 1_000, anchor: house.time() }) as const;

test(
  "a job that is paused through the other server is handed out no more, at once; resumed, within a poll",
  inHouse(async (house) => {
    const [one, two] = [await house.server(), await house.server()];
    const stream = house.worker().connect(one.dispatch);
    const service = asking(house, two);
    await house.schedule(one, "a", { trigger: everySecond(house) });
    await house.clock.advance(1_000);
    const [task] = stream.tasks;
    assert.ok(task);
    const { job } = await service.pauseJob("a", "why");
    assert.equal(stateOf(job), "running", "what is out ends first");
    stream.finish(task);
    await ready();
    await house.clock.advance(10_000);
    assert.deepEqual([stream.tasks.length, await house.states("a")], [1, ["succeeded"]]);
    await service.resumeJob("a");
    await house.clock.advance(POLL_MS);
    assert.ok(stream.tasks.length > 1);
  }),
);

test(
  "a trigger that the other server changes while the task is out is honoured by that task's settling",
  inHouse(async (house) => {
    const [one, two] = [await house.server(), await house.server()];
    const stream = house.worker().connect(one.dispatch);
    const zero = house.time().getTime();
    await house.schedule(one, "updated", { trigger: everySecond(house) });
    await house.schedule(one, "upserted", { trigger: everySecond(house) });
    await house.clock.advance(1_000);
    assert.equal(stream.tasks.length, 2);
    const service = asking(house, two);
    const trigger = { ...everySecond(house), everyMs: 60_000 };
    const update = () => ({ trigger });
    await service.updateJob({ slug: "updated", etag: "", kind: "", inherits: false, update });
    await service.scheduleJob(input("upserted", { trigger, onConflict: "update" }));
    for (const task of stream.tasks) stream.finish(task);
    await ready();
    for (const slug of ["updated", "upserted"]) {
      const job = await house.job(slug);
      assert.deepEqual([(job?.due?.getTime() ?? 0) - zero, job?.counts.succeeded], [61_000, 1], slug);
    }
  }),
);

test(
  "a job whose next occurrence the other server moves up runs then, and goes on after it",
  inHouse(async (house) => {
    const [one, two] = [await house.server(), await house.server()];
    const stream = house.worker().connect(one.dispatch);
    await house.schedule(one, "a", { trigger: { ...everySecond(house), everyMs: 3_600_000 } });
    const update = () => ({ next: { delayMs: 5_000 } });
    await asking(house, two).updateJob({ slug: "a", etag: "", kind: "", inherits: false, update });
    await house.clock.advance(5_000 + POLL_MS);
    const [task] = stream.tasks;
    assert.ok(task);
    stream.finish(task);
    await ready();
    const job = await house.job("a");
    assert.equal((job?.due?.getTime() ?? 0) - task.scheduledAt.getTime(), 3_600_000 - 5_000);
  }),
);

test(
  "jobs that the other server backfills run here, say so, and have the occurrence as their time",
  inHouse(async (house) => {
    const [one, two] = [await house.server(), await house.server()];
    const stream = house.worker().connect(one.dispatch);
    const trigger = everySecond(house);
    await house.schedule(one, "a", { trigger: { ...trigger, everyMs: 3_600_000 } });
    const at = (hours: number) => new Date(trigger.anchor.getTime() + hours * 3_600_000);
    const span = { slug: "a", start: at(-2), end: at(0), maxRuns: 10, traceContext: {} };
    const { slugs } = await asking(house, two).backfillJob(span);
    await house.clock.advance(POLL_MS);
    assert.deepEqual(
      stream.tasks.map((task) => [task.slug, task.scheduledAt]),
      [
        [slugs[0], at(-2)],
        [slugs[1], at(-1)],
      ],
    );
    for (const task of stream.tasks) stream.finish(task);
    await ready();
    const runs = await house.runsOf(slugs[0] ?? "");
    assert.deepEqual(
      runs.map(({ cause, occurrence }) => [cause, occurrence]),
      [["backfill", at(-2)]],
    );
    assert.ok((await house.job(slugs[0] ?? ""))?.expireAt);
  }),
);

test(
  "a kind that the other server deletes holds here no longer than a poll",
  inHouse(async (house) => {
    const [one, two] = [await house.server(), await house.server()];
    const kind = { name: "mail", description: "", policy: { timeoutMs: 7 }, maxRunning: 1 };
    await asking(house, one).registerKind({ kind, replace: false, etag: "" });
    await house.clock.advance(POLL_MS);
    assert.equal(two.dispatch.kinds.get("mail")?.maxRunning, 1);
    await asking(house, one).deleteKind("mail");
    assert.equal(one.dispatch.kinds.get("mail"), undefined);
    await house.clock.advance(POLL_MS);
    assert.equal(two.dispatch.kinds.get("mail"), undefined);
    assert.equal(two.dispatch.kinds.policyOf({ kind: "mail", policy: {} }).timeoutMs, 300_000);
    const stream = house.worker().connect(two.dispatch);
    for (const slug of ["a", "b"]) await house.schedule(two, slug);
    assert.equal(stream.tasks.length, 2, "its limit is gone too");
  }),
);
