import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { stateOf } from "../../src/core/job.js";
import {
  everyMinute,
  failure,
  input,
  permanent,
  type ServiceHarness,
  START,
  startService,
  success,
} from "./harness.js";
import type { TestedStore } from "./stores.js";

const minutes = (n: number) => new Date(START.getTime() + n * 60_000);

/** The same on every store. */
export function pauseTests({ name, open }: TestedStore): void {
  describe(`PauseJob and ResumeJob (${name})`, () => {
    async function start(t: { after(done: () => Promise<void>): void }): Promise<ServiceHarness> {
      const harness = await startService(open);
      t.after(() => harness.store.close());
      return harness;
    }

    test("an unknown slug is JOB_NOT_FOUND", async (t) => {
      const { service } = await start(t);
      const missing = { reason: "JOB_NOT_FOUND", facts: { slug: "a" } };
      await assert.rejects(service.pauseJob("a", ""), missing);
      await assert.rejects(service.resumeJob("a"), missing);
    });

    test("a paused job is not handed out until it is resumed, and dispatch hears of that", async (t) => {
      const harness = await start(t);
      const { service, dispatch } = harness;
      await service.scheduleJob(input("a"));
      const { job } = await service.pauseJob("a", "moving house");
      assert.deepEqual(
        [stateOf(job), job.pause, job.due],
        ["paused", { reason: "moving house", at: START }, undefined],
      );
      assert.deepEqual(await harness.hand(), []);
      dispatch.wakes.length = 0;
      const { job: resumed } = await service.resumeJob("a");
      assert.deepEqual([stateOf(resumed), resumed.pause, resumed.due], ["scheduled", undefined, START]);
      assert.deepEqual(dispatch.wakes, [{ due: { kinds: new Set(["mail"]), at: START } }]);
      assert.equal((await harness.hand()).length, 1);
    });

    test("paused again: another reason replaces the first and keeps the time; the same one writes nothing", async (t) => {
      const harness = await start(t);
      await harness.service.scheduleJob(input("a"));
      const { job: first } = await harness.service.pauseJob("a", "x");
      const stored = await harness.store.get("a");
      harness.pass(1_000);
      assert.equal((await harness.service.pauseJob("a", "x")).job.etag, first.etag);
      assert.deepEqual(await harness.store.get("a"), stored);
      const { job: other } = await harness.service.pauseJob("a", "y");
      assert.deepEqual(other.pause, { reason: "y", at: START });
      assert.notEqual(other.etag, first.etag);
    });

    test("resuming a job that is not paused writes nothing", async (t) => {
      const { service, store } = await start(t);
      const { job } = await service.scheduleJob(input("a"));
      assert.equal((await service.resumeJob("a")).job.etag, job?.etag);
      assert.equal((await store.get("a"))?.rev, job?.rev);
    });

    test("a task that is out ends first: its outcome counts, and what follows waits", async (t) => {
      const harness = await start(t);
      const { service } = harness;
      await service.scheduleJob(input("a", { trigger: everyMinute }));
      harness.pass(60_000);
      const [out] = await harness.hand();
      assert.ok(out);
      const { job, task } = await service.pauseJob("a", "");
      assert.deepEqual([stateOf(job), job.lock, task?.startedAt], ["running", out.lock, harness.now]);
      await harness.end(out, success);
      const ended = (await service.getJob("a")).job;
      assert.deepEqual([stateOf(ended), ended.at, ended.due], ["paused", minutes(2), undefined]);
      assert.equal(ended.counts.succeeded, 1);
      harness.pass(600_000);
      assert.deepEqual(await harness.hand(), []);
    });

    test("a task that fails is not tried again before the resume", async (t) => {
      const harness = await start(t);
      await harness.service.scheduleJob(input("a"));
      const [out] = await harness.hand();
      assert.ok(out);
      await harness.service.pauseJob("a", "");
      await harness.end(out, failure);
      harness.pass(3_600_000);
      assert.deepEqual(await harness.hand(), []);
      assert.equal(stateOf((await harness.service.resumeJob("a")).job), "retrying");
      assert.equal((await harness.hand())[0]?.attempt, 2);
    });

    test("a paused job that RunJob runs stays paused, and one that is paused while RunJob's run waits still runs", async (t) => {
      const harness = await start(t);
      const { service } = harness;
      await service.scheduleJobs([input("a", { trigger: everyMinute }), input("b", { trigger: everyMinute })]);
      await service.pauseJob("a", "");
      await service.runJob("a", "");
      await service.runJob("b", "");
      await service.pauseJob("b", "");
      const out = await harness.hand();
      assert.deepEqual(
        out.map((job) => [job.slug, job.cause]),
        [
          ["a", "run_job"],
          ["b", "run_job"],
        ],
      );
      for (const job of out) await harness.end(job, success);
      harness.pass(600_000);
      assert.deepEqual(await harness.hand(), []);
      for (const slug of ["a", "b"]) assert.equal(stateOf((await service.getJob(slug)).job), "paused");
    });

    test("a resumed job keeps the occurrence that came due meanwhile: its misfire policy decides when it is handed out", async (t) => {
      const harness = await start(t);
      await harness.service.scheduleJob(input("a", { trigger: everyMinute }));
      await harness.service.pauseJob("a", "");
      harness.pass(10 * 60_000);
      const { job } = await harness.service.resumeJob("a");
      assert.deepEqual([job.occurrence, job.due, job.counts.missed], [minutes(1), minutes(1), 0]);
    });

    test("a DEAD job that was paused is paused once it is requeued", async (t) => {
      const harness = await start(t);
      await harness.service.scheduleJob(input("a"));
      const [out] = await harness.hand();
      assert.ok(out);
      await harness.end(out, permanent);
      const { job } = await harness.service.pauseJob("a", "");
      assert.equal(stateOf(job), "dead");
      const never = new AbortController().signal;
      await harness.service.requeueJobs({ filter: {}, validateOnly: false }, never);
      assert.equal(stateOf((await harness.service.getJob("a")).job), "paused");
      assert.deepEqual(await harness.hand(), []);
    });
  });
}
