import assert from "node:assert/strict";
import { test } from "node:test";
import { stateOf } from "../../src/core/job.js";
import { everyMinute, failure, input, startService, success } from "./harness.js";
import { STORES } from "./stores.js";

for (const { name, open } of STORES) {
  test(`the old library's fault 3: a trigger error deleted the job; it goes DEAD with the reason (${name})`, async () => {
    const harness = await startService(open);
    await harness.service.scheduleJob(input("a", { trigger: everyMinute }));
    harness.pass(60_000);
    const [out] = await harness.hand();
    assert.ok(out);
    // As a zone does that this Node's data no longer has.
    const trigger = { type: "cron", expression: "0 0 * * *", timeZone: "Mars/Olympus", dialect: "unix" } as const;
    await harness.store.edit(["a"], (job) => {
      assert.ok(job);
      return { answer: undefined, write: { type: "put", job: { ...job, trigger, etag: "changed" } } };
    });
    await harness.end(out, success);
    const { job } = await harness.service.getJob("a");
    assert.equal(stateOf(job), "dead");
    assert.equal(job.dead, "trigger_error");
    assert.match(job.last?.error ?? "", /Mars\/Olympus/);
    assert.equal(job.counts.succeeded, 1);
    await harness.store.close();
  });

  test(`the old library's fault 7: an old runner matched a slug made anew; its token is stale there (${name})`, async () => {
    const harness = await startService(open);
    await harness.service.scheduleJob(input("a"));
    const [old] = await harness.hand();
    assert.ok(old);
    await harness.service.deleteJob({ slug: "a", etag: "", allowMissing: false });
    harness.pass(1);
    await harness.service.scheduleJob(input("a"));
    const [fresh] = await harness.hand();
    assert.ok(fresh?.lock);
    await assert.rejects(harness.end(old, success), /release answered stale/);
    const { job } = await harness.service.getJob("a");
    assert.equal(job.lock?.token, fresh.lock.token);
    assert.ok(fresh.fence > old.fence);
    await harness.end(fresh, success);
    await harness.store.close();
  });

  test(`the old library's fault 4: "no further run" removes the job, and the server goes on (${name})`, async () => {
    const harness = await startService(open);
    await harness.service.scheduleJob(input("last", { trigger: everyMinute }));
    harness.pass(60_000);
    const [out] = await harness.hand();
    assert.ok(out);
    await harness.end(out, { ...success, lastRun: true });
    await assert.rejects(harness.service.getJob("last"), { reason: "JOB_NOT_FOUND" });
    const runs = await harness.service.listRuns({ filter: { slug: "last" }, limit: 10, full: true });
    assert.deepEqual(
      runs.items.map((run) => run.state),
      ["succeeded"],
    );
    await harness.service.scheduleJob(input("last"));
    await harness.store.close();
  });

  test(`the old library's fault 5: a job of a kind that nobody knows is read like any other (${name})`, async () => {
    const harness = await startService(open);
    await harness.service.scheduleJob(input("a", { kind: "unheard-of" }));
    const { job, waitingFor } = await harness.service.getJob("a");
    assert.equal(job.kind, "unheard-of");
    assert.equal(waitingFor, "no_worker");
    const page = await harness.service.listJobs({ filter: { kinds: ["unheard-of"] }, limit: 10, full: true });
    assert.deepEqual(
      page.items.map((view) => view.job.slug),
      ["a"],
    );
    await assert.rejects(harness.service.getKind("unheard-of"), { reason: "KIND_NOT_FOUND" });
    await harness.store.close();
  });

  test(`the old library's fault 10: a success clears the error of the attempt before (${name})`, async () => {
    const harness = await startService(open);
    await harness.service.scheduleJob(input("a", { trigger: everyMinute }));
    harness.pass(60_000);
    const [first] = await harness.hand();
    assert.ok(first);
    await harness.end(first, failure);
    const failed = (await harness.service.getJob("a")).job;
    assert.equal(failed.last?.error, "it broke");
    harness.pass(60_000);
    const [second] = await harness.hand();
    assert.ok(second);
    await harness.end(second, success);
    const { job } = await harness.service.getJob("a");
    assert.equal(job.last?.error, "");
    assert.equal(job.failures, 0);
    await harness.store.close();
  });
}
