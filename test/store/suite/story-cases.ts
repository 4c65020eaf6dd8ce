import assert from "node:assert/strict";
import { runJob } from "../../../src/core/edits.js";
import { updateJob } from "../../../src/core/update-job.js";
import { at } from "./clock.js";
import { Cases } from "./harness.js";
import { editing, job, kind, put, range, read } from "./jobs.js";
import { claim, claimOne, finish, losing, open, record, release, runsOf, type Task } from "./tasks.js";

/** What comes of a job over several steps of store and core together. */
export const storyCases = new Cases();

storyCases.add(
  63,
  "the old server's word after an adoption elsewhere: moved, and nothing changes",
  async ({ store }) => {
    await put(store, job("a"));
    const [old, fresh] = [await open(store, "s1"), await open(store, "s2")];
    const out = await claimOne(store, { lease: old, now: at(0) });
    await store.adopt([{ slug: "a", token: out.lock.token }], fresh, 1);
    const before = await read(store, "a");
    for (const outcome of [
      { type: "lost", error: "" },
      { type: "timed_out", error: "" },
      { type: "handed_back", error: "" },
    ] as const) {
      assert.deepEqual(await release(store, losing(out, { outcome })), { status: "moved" });
    }
    const keep = { triggerCount: 9 };
    assert.deepEqual(await store.amend([{ slug: "a", token: out.lock.token, lease: old, keep }]), [
      { status: "moved" },
    ]);
    // Also where a caller has written meanwhile: whose it is comes first.
    await store.edit(["a"], (one) => updateJob(one, { contentType: "x" }, "", editing(at(0))));
    assert.deepEqual(await release(store, losing(out)), { status: "moved" });
    const after = await read(store, "a");
    assert.deepEqual(after, {
      ...before,
      contentType: "x",
      rev: before.rev + 1,
      etag: after.etag,
      updatedAt: after.updatedAt,
    });
    assert.deepEqual(await runsOf(store), []);
  },
);

storyCases.add(64, "hello n after hello n+1, on the same server and on another, takes nothing", async ({ store }) => {
  await put(store, job("a"), job("b"));
  const [one, other] = [await open(store, "s1"), await open(store, "s2")];
  const tasks = (await claim(store, { lease: one, now: at(0) })) as Task[];
  const held = tasks.map(({ slug, lock }) => ({ slug, token: lock.token }));
  const newer = await store.adopt(held, one, 8);
  assert.ok(newer.every((adopted) => adopted));
  for (const lease of [one, other]) assert.deepEqual(await store.adopt(held, lease, 7), [undefined, undefined]);
  assert.deepEqual([await read(store, "a"), await read(store, "b")], newer);
  for (const out of tasks) assert.equal(await finish(store, out), "recorded");
});

storyCases.add(
  66,
  "a server ends while a long task is out: the worker carries it to the next one, and there is one run",
  async ({ store, restart, clock }) => {
    await put(store, job("a", { everyMs: 600_000 }));
    const old = await open(store, "s1");
    const out = await claimOne(store, { lease: old, now: at(0) });
    await store.closeLease(old);
    clock.turn(100);
    const next = await restart();
    const lease = await open(next, "s1");
    assert.deepEqual(await next.orphans(undefined, 10), [out]);
    assert.deepEqual(await claim(next, { lease, now: at(10_000) }), []);
    const [adopted] = await next.adopt([{ slug: "a", token: out.lock.token }], lease, 1);
    assert.deepEqual(adopted?.lock, { ...out.lock, lease, stream: 1 });
    assert.deepEqual(await next.orphans(undefined, 10), []);
    while (await next.sweep());
    assert.equal(await finish(next, adopted as Task, { endedAt: at(100) }), "recorded");
    assert.deepEqual(
      (await runsOf(next)).map(({ state, attempt }) => [state, attempt]),
      [["succeeded", 1]],
    );
    const { counts, due } = await read(next, "a");
    assert.deepEqual([counts.succeeded, counts.lost, due], [1, 0, at(600)]);
  },
  "durable",
);

storyCases.add(67, "an attempt is settled as lost, then its success arrives: stale", async ({ store }) => {
  await put(store, job("a", { everyMs: 1_000 }));
  const lease = await open(store);
  const out = await claimOne(store, { lease, now: at(0) });
  assert.equal((await release(store, losing(out, { endedAt: at(10) }))).status, "recorded");
  const before = await read(store, "a");
  assert.equal(await finish(store, out, { endedAt: at(9) }), "stale");
  assert.deepEqual(await store.get("a"), before);
  assert.deepEqual(
    (await runsOf(store)).map(({ state }) => state),
    ["lost"],
  );
});

storyCases.add(68, "a once job that becomes recurring while it runs goes on after it", async ({ store }) => {
  await put(store, job("a"));
  const lease = await open(store);
  const out = await claimOne(store, { lease, now: at(0) });
  const trigger = { type: "cron", expression: "* * * * *", timeZone: "UTC", dialect: "unix" } as const;
  await store.edit(["a"], (one) => updateJob(one, { trigger }, "", editing(at(1))));
  assert.equal(await record(store, out, { endedAt: at(61) }), "recorded");
  // The trigger's first time since it was stored, which came while the task was out.
  const after = await read(store, "a");
  assert.deepEqual([after.due, after.triggerCount, after.lock], [at(60), 1, undefined]);
});

storyCases.add(
  68,
  "a run that is asked for while the job runs comes after it, and the job ends then",
  async ({ store }) => {
    await put(store, job("a"));
    const lease = await open(store);
    const out = await claimOne(store, { lease, now: at(0) });
    for (const _ of range(2)) {
      const [answer] = await store.edit(["a"], (one) => runJob(one, "call-1", editing(at(1))));
      assert.ok(answer?.type === "asked");
      assert.deepEqual(answer.occurrence, at(1));
    }
    assert.equal(await record(store, out, { endedAt: at(5) }), "recorded");
    const waiting = await read(store, "a");
    assert.deepEqual([waiting.occurrence, waiting.due, waiting.cause], [at(1), at(5), "run_job"]);
    const second = await claimOne(store, { lease, now: at(5) });
    assert.equal(await finish(store, second, { endedAt: at(6) }), "recorded");
    assert.equal(await store.get("a"), undefined);
    assert.deepEqual(
      (await runsOf(store)).map(({ cause, state }) => [cause, state]),
      [
        ["run_job", "succeeded"],
        ["trigger", "succeeded"],
      ],
    );
  },
);

storyCases.add(69, "an invented token leaves no run", async ({ store }) => {
  await put(store, job("a"));
  const lease = await open(store);
  const out = await claimOne(store, { lease, now: at(0) });
  const token = "0123456789abcdef".repeat(2);
  for (const slug of ["a", "none"]) {
    const invented = { ...out, slug, lock: { ...out.lock, token } };
    assert.equal(await finish(store, invented), "stale");
    assert.equal((await release(store, losing(invented))).status, "stale");
  }
  assert.deepEqual(await runsOf(store), []);
  assert.deepEqual(await store.get("a"), out);
});

storyCases.add(70, "all that an outcome says is applied with it: payload, next time, last run", async ({ store }) => {
  await put(store, job("next", { everyMs: 1_000 }), job("last", { everyMs: 1_000 }));
  const lease = await open(store);
  const result = new Uint8Array(0);
  const payload = Uint8Array.of(9);
  for (const out of await claim(store, { lease, now: at(0) })) {
    const wish = out.slug === "next" ? { payload, nextTime: at(77) } : { payload, lastRun: true };
    assert.equal(await finish(store, out, { outcome: { type: "success", result, ...wish } }), "recorded");
    // Again, as a worker does that was not told: nothing is applied twice.
    assert.equal(await finish(store, out, { outcome: { type: "success", result, ...wish } }), "recorded");
  }
  const next = await read(store, "next");
  assert.deepEqual([next.payload, next.due, next.byHand, next.counts.succeeded], [payload, at(77), true, 1]);
  assert.equal(await store.get("last"), undefined);
  assert.equal((await runsOf(store)).length, 2);
});

storyCases.add(72, "a kind that is replaced without its trigger leaves recurring jobs recurring", async ({ store }) => {
  const trigger = { type: "interval", everyMs: 1_000, anchor: at(0) } as const;
  await store.putKind(kind("mail", { trigger }), undefined);
  await put(store, job("a", { everyMs: 1_000 }));
  const lease = await open(store);
  const out = await claimOne(store, { lease, now: at(0) });
  assert.equal(await store.putKind(kind("mail", { etag: "e2" }), "e1"), true);
  assert.equal(await finish(store, out), "recorded");
  assert.deepEqual((await read(store, "a")).due, at(1));
});
