import assert from "node:assert/strict";
import { test } from "node:test";
import { occurrenceId } from "../../src/core/job.js";
import { runIdOf } from "../../src/store/store.js";
import { worker } from "./fake-dispatch.js";
import { everyMinute, failure, input, permanent, START, startService, success } from "./harness.js";

const never = new AbortController().signal;

test("an unknown slug is JOB_NOT_FOUND in every call that names one", async () => {
  const { service } = await startService();
  const missing = { reason: "JOB_NOT_FOUND", facts: { slug: "a" } };
  await assert.rejects(service.getJob("a"), missing);
  await assert.rejects(service.deleteJob({ slug: "a", etag: "", allowMissing: false }), missing);
  await assert.rejects(service.runJob("a", ""), missing);
  await assert.rejects(service.cancelRun("a", ""), missing);
  await service.deleteJob({ slug: "a", etag: "", allowMissing: true });
});

test("GetJob: the policy in effect is the job's own above its kind's above the server's", async () => {
  const { service } = await startService();
  const policy = { timeoutMs: 7_000, retry: { maxAttempts: 4 } };
  await service.registerKind({
    kind: { name: "mail", description: "", policy, maxRunning: 0 },
    replace: false,
    etag: "",
  });
  await service.scheduleJob(input("a", { policy: { retry: { multiplier: 3 } } }));
  const { effectivePolicy, job } = await service.getJob("a");
  assert.equal(effectivePolicy?.timeoutMs, 7_000);
  assert.deepEqual([effectivePolicy?.retry.maxAttempts, effectivePolicy?.retry.multiplier], [4, 3]);
  assert.equal(effectivePolicy?.retry.initialBackoffMs, 10_000);
  assert.deepEqual(job.policy, { retry: { multiplier: 3 } }, "what is inherited is not stored");
});

test("GetJob says what a due job waits for: a worker, a free place, room under max_running, the end of a pause", async () => {
  const harness = await startService();
  const { service, dispatch, store } = harness;
  const waits = async () => (await service.getJob("a")).waitingFor;
  await service.scheduleJob(input("a", { delayMs: 1_000 }));
  assert.equal(await waits(), undefined, "not due yet");
  harness.pass(1_000);
  assert.equal(await waits(), "no_worker");
  dispatch.connected = [worker("1", ["other"])];
  assert.equal(await waits(), "no_worker");
  dispatch.connected = [
    { ...worker("1", ["mail"]), running: 10 },
    { ...worker("2", ["mail"]), draining: true },
  ];
  assert.equal(await waits(), "workers_full");
  const bound = { maxTasks: 10, kinds: new Map([["mail", 2]]) };
  dispatch.connected = [{ ...worker("1", []), capacity: bound, running: 2, held: new Map([["mail", 2]]) }];
  assert.equal(await waits(), "workers_full", "of the kind, not of all");
  dispatch.connected = [{ ...worker("1", []), capacity: bound, running: 2 }];
  assert.equal(await waits(), undefined);
  const kind = { name: "mail", description: "", policy: {}, maxRunning: 1 };
  const { kind: stored } = await service.registerKind({ kind, replace: false, etag: "" });
  await service.scheduleJob(input("b", { priority: 0 }));
  const lease = await store.openLease({ serverId: "x", ttlMs: 30_000, version: "1" });
  const limits = { room: new Map([["mail", 1]]), maxRunning: new Map([["mail", 1]]) };
  await store.lock({ ...limits, lease, now: harness.now, limit: 1 });
  assert.equal(await waits(), "max_running");
  await store.putKind({ ...stored, etag: "2", pause: { reason: "", at: START } }, stored.etag);
  assert.equal(await waits(), "kind_paused");
});

test("GetJob counts a worker of another server, by what the store says of it", async () => {
  const harness = await startService();
  await harness.service.scheduleJob(input("a"));
  const lease = await harness.store.openLease({ serverId: "server-2", ttlMs: 30_000, version: "1" });
  await harness.store.putWorkers(lease, [{ ...worker("9", ["mail"]), serverId: "server-2" }], []);
  assert.equal((await harness.service.getJob("a")).waitingFor, undefined);
  const full = { capacity: { maxTasks: 10, kinds: new Map([["mail", 1]]) }, running: 1, held: new Map([["mail", 1]]) };
  await harness.store.putWorkers(lease, [{ ...worker("9", []), serverId: "server-2", ...full }], []);
  assert.equal((await harness.service.getJob("a")).waitingFor, "workers_full");
  // Its server is gone, and it with it.
  await harness.store.closeLease(lease);
  assert.equal((await harness.service.getJob("a")).waitingFor, "no_worker");
  const next = await harness.store.openLease({ serverId: "server-2", ttlMs: 30_000, version: "1" });
  await harness.store.putWorkers(next, [{ ...worker("9", ["mail"]), serverId: "server-2" }], []);
  assert.deepEqual((await harness.service.scheduleJob(input("b"))).warnings, []);
});

test("a running job shows its task: the worker here that holds it, or the server that does", async () => {
  const harness = await startService();
  await harness.service.scheduleJob(input("here"));
  await harness.service.scheduleJob(input("there"));
  const [here] = await harness.hand("mail", 1);
  assert.ok(here?.lock);
  harness.dispatch.holders.set(here.lock.token, worker("1", ["mail"]));
  const lease = await harness.store.openLease({ serverId: "server-2", ttlMs: 30_000, version: "1" });
  await harness.store.lock({ room: new Map([["mail", 1]]), maxRunning: new Map(), lease, now: harness.now, limit: 1 });
  const { items } = await harness.service.listJobs({ filter: {}, limit: 10, full: false });
  assert.deepEqual(
    items.map(({ job, task }) => [job.slug, task?.workerId, task?.serverId]),
    [
      ["here", "worker-1", "server-1"],
      ["there", "", "server-2"],
    ],
  );
  assert.equal(items[0]?.task?.runId, runIdOf(here.lock.token));
});

test("DeleteJob: another etag than the stored one changes nothing and tells it; the stored one deletes", async () => {
  const { service } = await startService();
  const { job } = await service.scheduleJob(input("a"));
  const call = { slug: "a", allowMissing: false };
  await assert.rejects(service.deleteJob({ ...call, etag: "other" }), {
    reason: "ETAG_MISMATCH",
    facts: { slug: "a", etag: job?.etag },
  });
  await service.deleteJob({ ...call, etag: job?.etag ?? "" });
  await assert.rejects(service.getJob("a"), { reason: "JOB_NOT_FOUND" });
});

test("DeleteJob of a running job records its run as cancelled, tells who watches, and leaves a notice for its server", async () => {
  const harness = await startService();
  await harness.service.scheduleJob(input("a"));
  const [out] = await harness.hand();
  harness.dispatch.holders.set(out?.lock?.token ?? "", worker("1", ["mail"]));
  const watched: string[] = [];
  harness.dispatch.feed.subscribe((runs) => watched.push(...runs.map((run) => run.runId)));
  await harness.service.deleteJob({ slug: "a", etag: "", allowMissing: false });
  const [notice] = await harness.store.cancels(out?.lock?.lease ?? "");
  assert.deepEqual([notice?.token, notice?.reason], [out?.lock?.token, "job_deleted"]);
  assert.ok(harness.dispatch.wakes.some((wake) => wake.cancels));
  const { items } = await harness.service.listRuns({ filter: {}, limit: 10, full: false });
  assert.deepEqual(
    items.map(({ state, workerId, serverId }) => [state, workerId, serverId]),
    [["cancelled", "worker-1", "server-1"]],
  );
  assert.deepEqual(watched, [items[0]?.runId]);
});

test("ClearJobs deletes what the filter matches and nothing else, over any number of batches", async () => {
  const { service, store } = await startService();
  const batch = Array.from({ length: 1_200 }, (_, n) => input(`${n % 2 ? "odd" : "even"}/${n}`));
  await service.scheduleJobs(batch);
  assert.deepEqual(await service.clearJobs({ filter: { slugPrefix: "odd/" }, validateOnly: false }, never), {
    count: 600,
    more: false,
  });
  assert.deepEqual(await service.clearJobs({ filter: { slugPrefix: "odd/" }, validateOnly: false }, never), {
    count: 0,
    more: false,
  });
  const left = await store.list({ filter: {}, limit: 1_000, payloads: false });
  assert.ok(left.items.every((job) => job.slug.startsWith("even/")));
});

test("ClearJobs cancels tasks that are out, as DeleteJob does", async () => {
  const harness = await startService();
  await harness.service.scheduleJobs([input("a"), input("b"), input("c", { delayMs: 1_000 })]);
  const out = await harness.hand();
  const watched: string[] = [];
  harness.dispatch.feed.subscribe((runs) => watched.push(...runs.map((run) => run.slug)));
  assert.deepEqual(await harness.service.clearJobs({ filter: {}, validateOnly: false }, never), {
    count: 3,
    more: false,
  });
  assert.deepEqual(watched.sort(), ["a", "b"]);
  const notices = await harness.store.cancels(out[0]?.lock?.lease ?? "");
  assert.deepEqual(new Set(notices.map((notice) => notice.token)), new Set(out.map((job) => job.lock?.token)));
  assert.ok(harness.dispatch.wakes.some((wake) => wake.cancels));
});

test("ClearJobs and RequeueJobs stop after 10 s of work, or with their caller, and say that more is left", async () => {
  const harness = await startService();
  const { service, store, clock } = harness;
  await service.scheduleJobs(Array.from({ length: 1_000 }, (_, n) => input(`job-${n}`)));
  const edit = store.edit.bind(store);
  store.edit = (slugs, change) => {
    clock.advance(10_001);
    return edit(slugs, change);
  };
  assert.deepEqual(await service.clearJobs({ filter: { slugPrefix: "job-" }, validateOnly: false }, never), {
    count: 500,
    more: true,
  });
  assert.deepEqual(await service.clearJobs({ filter: {}, validateOnly: false }, AbortSignal.abort()), {
    count: 0,
    more: true,
  });
});

test("a job that no longer matches when it is its turn is not deleted", async () => {
  const harness = await startService();
  const { service, store } = harness;
  await service.scheduleJob(input("a"));
  const list = store.list.bind(store);
  store.list = async (request) => {
    const page = await list(request);
    await service.scheduleJob(input("a", { onConflict: "replace", labels: { keep: "me" } }));
    return page;
  };
  await service.scheduleJob(input("a", { onConflict: "replace", labels: { keep: "not" } }));
  assert.deepEqual(await service.clearJobs({ filter: { labels: { keep: "not" } }, validateOnly: false }, never), {
    count: 0,
    more: false,
  });
});

test("RequeueJobs makes the dead jobs of the filter due now, wakes dispatch, and leaves the others", async () => {
  const harness = await startService();
  const { service } = harness;
  await service.scheduleJobs([
    input("dead/1"),
    input("dead/2"),
    input("dead-too"),
    input("alive", { delayMs: 60_000 }),
  ]);
  for (const job of await harness.hand()) await harness.end(job, permanent);
  harness.pass(1_000);
  harness.dispatch.wakes.length = 0;
  assert.deepEqual(await service.requeueJobs({ filter: { slugPrefix: "dead/" }, validateOnly: false }, never), {
    count: 2,
    more: false,
  });
  const { job } = await service.getJob("dead/1");
  assert.deepEqual([job.dead, job.due, job.failures, job.attempt], [undefined, harness.now, 0, 0]);
  assert.deepEqual(harness.dispatch.wakes, [{ due: { kinds: new Set(["mail"]), at: harness.now } }]);
  assert.equal((await service.getJob("dead-too")).job.dead, "permanent_failure");
  assert.deepEqual(await service.requeueJobs({ filter: { states: ["scheduled"] }, validateOnly: false }, never), {
    count: 0,
    more: false,
  });
  assert.deepEqual(
    await service.requeueJobs({ filter: { states: ["dead", "scheduled"] }, validateOnly: false }, never),
    { count: 1, more: false },
  );
});

test("RunJob runs it now, a repeat asks for nothing more, and the trigger goes on as before", async () => {
  const harness = await startService();
  await harness.service.scheduleJob(input("a", { trigger: everyMinute }));
  harness.pass(10_000);
  const asked = await harness.service.runJob("a", "run-1");
  assert.equal(asked.occurrenceId, occurrenceId("a", harness.now));
  assert.deepEqual(asked.view.job.due, harness.now);
  assert.deepEqual(harness.dispatch.wakes.at(-1), { due: { kinds: ["mail"], at: harness.now } });
  assert.equal((await harness.service.runJob("a", "run-1")).occurrenceId, asked.occurrenceId);
  const [out] = await harness.hand();
  assert.ok(out);
  const during = await harness.service.runJob("a", "run-2");
  assert.notEqual(during.occurrenceId, asked.occurrenceId);
  assert.equal(
    (await harness.service.runJob("a", "run-3")).occurrenceId,
    during.occurrenceId,
    "asked again, still once",
  );
  await harness.end(out, success);
  const [again] = await harness.hand();
  assert.ok(again);
  assert.equal(occurrenceId("a", again.occurrence), during.occurrenceId);
  await harness.end(again, success);
  assert.equal((await harness.service.getJob("a")).job.due?.getTime(), START.getTime() + 60_000);
});

test("RunJob of a DEAD or COMPLETED job is refused, with the state", async () => {
  const harness = await startService();
  await harness.service.scheduleJob(input("dead"));
  await harness.service.scheduleJob(input("completed", { policy: { jobRetentionMs: 60_000 } }));
  for (const job of await harness.hand()) await harness.end(job, job.slug === "dead" ? permanent : success);
  await assert.rejects(harness.service.runJob("dead", ""), {
    reason: "JOB_DEAD",
    facts: { slug: "dead", state: "DEAD" },
  });
  const completed = { slug: "completed", state: "COMPLETED" };
  await assert.rejects(harness.service.runJob("completed", ""), { reason: "JOB_COMPLETED", facts: completed });
});

test("CancelRun answers the run once the wish is stored, and tells the server of its worker", async () => {
  const harness = await startService();
  await harness.service.scheduleJob(input("a"));
  const [out] = await harness.hand();
  assert.ok(out?.lock);
  const runId = runIdOf(out.lock.token);
  assert.equal(await harness.service.cancelRun("a", ""), runId);
  assert.equal(await harness.service.cancelRun("a", runId), runId, "asked again");
  assert.equal((await harness.store.get("a"))?.cancel, out.lock.token);
  const notices = await harness.store.cancels(out.lock.lease);
  assert.deepEqual(
    notices.map((notice) => notice.reason),
    ["requested"],
  );
  assert.deepEqual(harness.dispatch.wakes.at(-1), { cancels: true });
});

test("CancelRun where nothing runs, or another run than the one named, says what it found", async () => {
  const harness = await startService();
  await harness.service.scheduleJob(input("a", { trigger: everyMinute }));
  const idle = { reason: "NOT_RUNNING", facts: { slug: "a", state: "SCHEDULED" } };
  await assert.rejects(harness.service.cancelRun("a", ""), idle);
  harness.pass(60_000);
  const [out] = await harness.hand();
  assert.ok(out?.lock);
  const facts = { slug: "a", state: "RUNNING", run_id: runIdOf(out.lock.token) };
  await assert.rejects(harness.service.cancelRun("a", "0".repeat(32)), { reason: "NOT_RUNNING", facts });
  await harness.end(out, failure);
  await assert.rejects(harness.service.cancelRun("a", ""), {
    reason: "NOT_RUNNING",
    facts: { slug: "a", state: "RETRYING" },
  });
});

test("ClearJobs and RequeueJobs with validate_only count what they would change, and change nothing", async () => {
  const harness = await startService();
  const { service, store, dispatch } = harness;
  await service.scheduleJobs([...["dead/a", "dead/b"].map((slug) => input(slug)), input("well", { delayMs: 1_000 })]);
  for (const job of await harness.hand()) await harness.end(job, permanent);
  const before = (await store.list({ filter: {}, limit: 10, payloads: true })).items;
  dispatch.wakes.length = 0;
  const count = { validateOnly: true } as const;
  assert.deepEqual(await service.requeueJobs({ filter: {}, ...count }, never), { count: 2, more: false });
  assert.deepEqual(await service.requeueJobs({ filter: { states: ["scheduled"] }, ...count }, never), {
    count: 0,
    more: false,
  });
  assert.deepEqual(await service.clearJobs({ filter: {}, ...count }, never), { count: 3, more: false });
  assert.deepEqual(await service.clearJobs({ filter: { slugPrefix: "dead/" }, ...count }, never), {
    count: 2,
    more: false,
  });
  assert.deepEqual(await service.clearJobs({ filter: {}, ...count }, AbortSignal.abort()), { count: 0, more: true });
  assert.deepEqual((await store.list({ filter: {}, limit: 10, payloads: true })).items, before);
  assert.deepEqual(dispatch.wakes, []);
});
