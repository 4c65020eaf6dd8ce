import assert from "node:assert/strict";
import { test } from "node:test";
import type { Reason } from "../../src/core/errors.js";
import { TickwireError } from "../../src/core/errors.js";
import { everyMinute, input, permanent, START, startService, success } from "./harness.js";

function reasonOf(answer: unknown): Reason | undefined {
  return answer instanceof TickwireError ? answer.reason : undefined;
}

test("a job without a trigger takes its kind's as it is now, and keeps it when the kind changes", async () => {
  const { service, store } = await startService();
  const kind = { name: "mail", description: "", trigger: everyMinute, policy: {}, maxRunning: 0 };
  await service.registerKind({ kind, replace: false, etag: "" });
  const { job } = await service.scheduleJob(input("a"));
  assert.deepEqual(job?.trigger, everyMinute);
  const { trigger: _, ...plain } = kind;
  await service.registerKind({ kind: plain, replace: true, etag: "" });
  assert.deepEqual((await store.get("a"))?.trigger, everyMinute);
  assert.equal((await service.scheduleJob(input("b"))).job?.trigger.type, "once");
});

test("a kind that another server registered a moment ago counts, though this one has not read it yet", async () => {
  const { service, store, dispatch } = await startService();
  const times = { createdAt: START, updatedAt: START };
  await store.putKind(
    { name: "mail", description: "", trigger: everyMinute, policy: {}, maxRunning: 0, etag: "e", ...times },
    undefined,
  );
  assert.equal(dispatch.kinds.get("mail"), undefined);
  assert.deepEqual((await service.scheduleJob(input("a"))).job?.trigger, everyMinute);
});

test("a delay is counted by the store's clock: of a job that runs once when it runs, of another its next occurrence", async () => {
  const harness = await startService();
  const once = await harness.service.scheduleJob(input("once", { delayMs: 5_000 }));
  const recurring = await harness.service.scheduleJob(input("recurring", { trigger: everyMinute, delayMs: 90_000 }));
  assert.equal(once.job?.due?.getTime(), START.getTime() + 5_000);
  assert.equal(recurring.job?.due?.getTime(), START.getTime() + 90_000);
  harness.pass(90_000);
  const [first] = (await harness.hand()).filter((job) => job.slug === "recurring");
  assert.ok(first);
  await harness.end(first, success);
  const next = (await harness.service.getJob("recurring")).job;
  assert.equal(next.due?.getTime(), START.getTime() + 120_000, "the trigger goes on with its first time after it");
});

test("FAIL refuses a slug that is taken and says how that job stands; KEEP returns it; REPLACE puts a new one in its place", async () => {
  const { service, store } = await startService();
  const first = await service.scheduleJob(input("a", { payload: new Uint8Array([1]) }));
  await assert.rejects(service.scheduleJob(input("a")), {
    reason: "JOB_EXISTS",
    facts: { slug: "a", state: "SCHEDULED" },
  });
  const kept = await service.scheduleJob(input("a", { onConflict: "keep", payload: new Uint8Array([2]) }));
  assert.equal(kept.outcome, "kept");
  assert.equal(kept.job?.uid, first.job?.uid);
  const replaced = await service.scheduleJob(input("a", { onConflict: "replace", payload: new Uint8Array([3]) }));
  assert.equal(replaced.outcome, "replaced");
  const stored = await store.get("a");
  assert.notEqual(stored?.uid, first.job?.uid);
  assert.notEqual(stored?.etag, first.job?.etag);
  assert.deepEqual([...(stored?.payload ?? [])], [3]);
  assert.ok((stored?.fence ?? 0) > (first.job?.fence ?? 0), "the fence goes on growing");
});

test("REPLACE cancels a task that is out, records its run, and tells its server", async () => {
  const harness = await startService();
  await harness.service.scheduleJob(input("a"));
  const [out] = await harness.hand();
  const runs: unknown[] = [];
  harness.dispatch.feed.subscribe((ended) => runs.push(...ended.map((run) => run.state)));
  await harness.service.scheduleJob(input("a", { onConflict: "replace" }));
  assert.deepEqual(runs, ["cancelled"]);
  assert.ok(harness.dispatch.wakes.some((wake) => wake.cancels));
  const notices = await harness.store.cancels(out?.lock?.lease ?? "");
  assert.deepEqual(
    notices.map((notice) => [notice.token, notice.reason]),
    [[out?.lock?.token, "job_deleted"]],
  );
  assert.equal((await harness.service.getJob("a")).task, undefined);
});

test("a repeat of a call that was carried out returns its job as it stands, whatever on_conflict says", async () => {
  const { service } = await startService();
  for (const onConflict of ["fail", "keep", "replace"] as const) {
    const call = input(onConflict, { onConflict, requestId: `call-${onConflict}` });
    const first = await service.scheduleJob(call);
    const second = await service.scheduleJob({ ...call, retry: true });
    assert.equal(first.outcome, "created");
    assert.equal(second.outcome, "repeated");
    assert.equal(second.job?.uid, first.job?.uid);
  }
});

test("a repeat of a REPLACE changes nothing, and a task that has begun since goes on", async () => {
  const harness = await startService();
  await harness.service.scheduleJob(input("a"));
  const call = input("a", { onConflict: "replace", requestId: "replace-1" });
  assert.equal((await harness.service.scheduleJob(call)).outcome, "replaced");
  const [out] = await harness.hand();
  assert.equal((await harness.service.scheduleJob({ ...call, retry: true })).outcome, "repeated");
  assert.equal((await harness.store.get("a"))?.lock?.token, out?.lock?.token);
});

test("a REPLACE that is sent twice at once replaces once", async () => {
  const { service } = await startService();
  const first = await service.scheduleJob(input("a"));
  const call = input("a", { onConflict: "replace", requestId: "replace-1" });
  const both = await Promise.all([service.scheduleJob(call), service.scheduleJob({ ...call, retry: true })]);
  assert.deepEqual(both.map((one) => one.outcome).sort(), ["repeated", "replaced"]);
  assert.equal(both[0].job?.uid, both[1].job?.uid);
  assert.notEqual(both[0].job?.uid, first.job?.uid);
});

test("a retry of a call whose job has run and is gone is REPEATED with its slug alone, and stores nothing", async () => {
  const harness = await startService();
  const call = input("a", { requestId: "call-1" });
  await harness.service.scheduleJob(call);
  const [out] = await harness.hand();
  assert.ok(out);
  await harness.end(out, success);
  const answer = await harness.service.scheduleJob({ ...call, retry: true });
  assert.deepEqual(answer, { slug: "a", outcome: "repeated", warnings: [] });
  assert.equal(await harness.store.get("a"), undefined);
  assert.equal((await harness.service.scheduleJob(call)).outcome, "created", "a first try is a new call");
});

test("an empty slug is drawn: from request_id, so that a repeat finds its job, else at random", async () => {
  const { service } = await startService();
  const call = input("", { requestId: "call-1" });
  const first = await service.scheduleJob(call);
  const again = await service.scheduleJob({ ...call, retry: true });
  assert.match(first.slug, /^mail-[0-9a-f]{32}$/);
  assert.equal(again.slug, first.slug);
  assert.equal(again.outcome, "repeated");
  const random = await Promise.all([service.scheduleJob(input("")), service.scheduleJob(input(""))]);
  assert.equal(new Set([first.slug, ...random.map((one) => one.slug)]).size, 3);
});

test("warnings: no worker serves the kind, the kind is paused, the time is past", async () => {
  const harness = await startService();
  const past = { type: "once", time: new Date(START.getTime() - 1) } as const;
  const told = (await harness.service.scheduleJob(input("a", { trigger: past }))).warnings;
  assert.equal(told.length, 2);
  assert.match(told[0] ?? "", /no connected worker serves the kind mail/);
  assert.match(told[1] ?? "", /is in the past/);
});

test("a batch is one create of the store, and wakes dispatch once", async () => {
  const harness = await startService();
  const { store, dispatch } = harness;
  let creates = 0;
  const create = store.create.bind(store);
  store.create = (items) => {
    creates++;
    return create(items);
  };
  const batch = Array.from({ length: 500 }, (_, n) => input(`job-${n}`, { delayMs: 1_000 + n }));
  const answers = await harness.service.scheduleJobs(batch);
  assert.ok(answers.every((answer) => !(answer instanceof TickwireError) && answer.outcome === "created"));
  assert.equal(creates, 1);
  assert.deepEqual(dispatch.wakes, [{ due: { kinds: new Set(["mail"]), at: new Date(START.getTime() + 1_000) } }]);
});

test("items of a batch that name one slug take effect in their order", async () => {
  const { service, store } = await startService();
  await service.scheduleJob(input("a"));
  const byte = (n: number) => ({ payload: new Uint8Array([n]) });
  const answers = await service.scheduleJobs([
    input("a", byte(1)),
    input("a", { onConflict: "replace", ...byte(2) }),
    input("a", { onConflict: "keep", ...byte(3) }),
    input("a", { onConflict: "replace", ...byte(4) }),
    input("a", byte(5)),
    input("b", byte(6)),
    input("b", byte(7)),
  ]);
  const outcomes = answers.map((answer) => (answer instanceof TickwireError ? answer.reason : answer.outcome));
  assert.deepEqual(outcomes, ["JOB_EXISTS", "replaced", "kept", "replaced", "JOB_EXISTS", "created", "JOB_EXISTS"]);
  const kept = answers[2];
  assert.ok(kept && !(kept instanceof TickwireError));
  assert.deepEqual([...(kept.job?.payload ?? [])], [2], "what the item before it stored");
  assert.deepEqual([...((await store.get("a"))?.payload ?? [])], [4]);
  assert.deepEqual([...((await store.get("b"))?.payload ?? [])], [6]);
});

test("a trigger that never fires is an error of its item alone", async () => {
  const { service } = await startService();
  const never = { type: "cron", expression: "0 0 30 2 *", timeZone: "UTC", dialect: "unix" } as const;
  const answers = await service.scheduleJobs([input("a", { trigger: never }), input("b")]);
  assert.equal(reasonOf(answers[0]), "NEVER_FIRES");
  assert.deepEqual(answers[0] instanceof TickwireError && answers[0].violations.map((one) => one.field), [
    "job.trigger",
  ]);
  assert.ok(answers[1] && !(answers[1] instanceof TickwireError));
});

test("a DEAD job is kept by KEEP, with a warning, and replaced by REPLACE", async () => {
  const harness = await startService();
  await harness.service.scheduleJob(input("a"));
  const [out] = await harness.hand();
  assert.ok(out);
  await harness.end(out, permanent);
  const kept = await harness.service.scheduleJob(input("a", { onConflict: "keep" }));
  assert.equal(kept.job?.dead, "permanent_failure");
  assert.ok(kept.warnings.some((warning) => warning.includes("DEAD")));
  assert.equal((await harness.service.scheduleJob(input("a", { onConflict: "replace" }))).job?.dead, undefined);
});

test("a COMPLETED job counts as absent", async () => {
  const harness = await startService();
  await harness.service.scheduleJob(input("a", { policy: { jobRetentionMs: 60_000 } }));
  const [out] = await harness.hand();
  assert.ok(out);
  await harness.end(out, success);
  assert.ok((await harness.store.get("a"))?.expireAt, "it is kept, completed");
  const answer = await harness.service.scheduleJob(input("a"));
  assert.equal(answer.outcome, "created");
  assert.equal((await harness.store.get("a"))?.expireAt, undefined);
});
