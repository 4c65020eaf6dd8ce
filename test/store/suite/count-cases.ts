import assert from "node:assert/strict";
import { deleteJob, pauseJob, requeueJob, resumeJob, runJob } from "../../../src/core/edits.js";
import type { StoredJob } from "../../../src/core/job.js";
import { limit } from "../../../src/core/limits.js";
import type { Store } from "../../../src/store/store.js";
import { at } from "./clock.js";
import { countsOf, NO_JOBS } from "./counts.js";
import { Cases } from "./harness.js";
import { editing, job, kind, policy, put, range } from "./jobs.js";
import { claim, failure, finish, listed, open, success } from "./tasks.js";

export const countCases = new Cases();

async function agree(store: Store, kinds: readonly string[], when: string): Promise<void> {
  const jobs = await listed(store, {}, 1_000);
  assert.deepEqual(
    await store.countJobs(kinds),
    kinds.map((kind) => countsOf(jobs, kind)),
    when,
  );
}

countCases.add(
  undefined,
  "jobs are counted by kind and state, through all that changes it",
  async ({ store, clock }) => {
    const kinds = ["mail", "other", "none"];
    await agree(store, kinds, "nothing stored");
    assert.deepEqual(await store.countJobs([]), []);
    await put(
      store,
      ...range(6).map((n) => job(`m${n}`, { dueAt: at(n), everyMs: 60_000 })),
      ...range(3).map((n) => job(`o${n}`, { kind: "other", priority: 3, dueAt: at(5 - n) })),
      job("urgent", { kind: "other", priority: 0, dueAt: at(50) }),
    );
    await agree(store, kinds, "stored");
    const lease = await open(store);
    const out = await claim(store, { lease, now: at(10), kinds: ["mail"], room: 5 });
    await agree(store, kinds, "handed out");
    const context = editing(at(10));
    await store.edit(["m0", "m5"], (one) => pauseJob(one, "why", context));
    await agree(store, kinds, "paused, one of them while its task is out");
    clock.set(at(11));
    await finish(store, out[0] as StoredJob, { outcome: success });
    await finish(store, out[1] as StoredJob, { outcome: failure });
    const dies = policy({}, { onExhausted: "dead" });
    await finish(store, out[2] as StoredJob, {
      outcome: { type: "failure", error: "no", permanent: true },
      policy: dies,
    });
    await agree(store, kinds, "one each succeeded, failed and dead");
    await store.edit(["m1"], (one) => pauseJob(one, "", context));
    await agree(store, kinds, "a job that retries is paused");
    await store.edit(["m5"], (one) => runJob(one, "", editing(at(12))));
    await agree(store, kinds, "a paused job is asked to run");
    await store.edit(["m0", "m1"], (one) => resumeJob(one));
    await store.edit(["m2"], (one) => requeueJob(one, context));
    await agree(store, kinds, "resumed and requeued");
    const retained = policy({ jobRetentionMs: 60_000 });
    for (const one of await claim(store, { lease, now: at(20), kinds: ["other"] }))
      await finish(store, one, { policy: retained });
    await agree(store, kinds, "completed");
    await store.edit(["o0", "m3"], (one) => deleteJob(one, "", context));
    await agree(store, kinds, "deleted, one of them while its task is out");
  },
);

countCases.add(undefined, "up to counted_jobs of a state are counted, and more are estimated", async ({ store }) => {
  const most = limit("counted_jobs");
  const shape = (n: number) => ({ kind: n < most + 2_000 ? "many" : "few", dueAt: at(n) });
  await put(store, ...range(most).map((n) => job(`j${n}`, shape(n))));
  const [exact] = await store.countJobs(["many"]);
  assert.deepEqual([exact?.jobs.scheduled, exact?.estimated], [most, false]);
  await put(store, ...range(5_000).map((n) => job(`j${most + n}`, shape(most + n))));
  await put(store, job("dead", { kind: "many", dead: "exhausted" }), job("late", { kind: "few", dueAt: at(-1) }));
  const [few, many] = await store.countJobs(["few", "many"]);
  assert.deepEqual(few, { kind: "few", jobs: { ...NO_JOBS, scheduled: 3_001 }, estimated: false, oldestDue: at(-1) });
  // In memory there is nothing to save.
  assert.equal(many?.estimated, store.engine !== "memory");
  assert.deepEqual([many?.jobs.dead, many?.oldestDue], [1, at(0)]);
  const guess = many?.jobs.scheduled ?? 0;
  assert.ok(guess >= most && guess <= 16_000, `${guess} of 12,000`);
});

countCases.add(undefined, "kinds are known by their jobs, in order", async ({ store }) => {
  assert.deepEqual(await store.kindsOfJobs(10), []);
  await put(store, job("1", { kind: "b" }), job("2", { kind: "a" }), job("3", { kind: "Z" }), job("4", { kind: "b" }));
  await store.putKind(kind("c"), undefined);
  assert.deepEqual(await store.kindsOfJobs(10), ["Z", "a", "b"]);
  assert.deepEqual(await store.kindsOfJobs(2), ["Z", "a"]);
  await store.edit(["2", "4"], () => ({ answer: 0, write: { type: "delete" } }));
  assert.deepEqual(await store.kindsOfJobs(10), ["Z", "b"]);
});

countCases.add(undefined, "places under a limit are counted while they are held", async ({ store }) => {
  await put(store, ...range(5).map((n) => job(`j${n}`)), job("other", { kind: "other" }));
  const lease = await open(store);
  assert.equal(await store.slotsHeld("mail"), 0);
  const [first] = await claim(store, { lease, now: at(0), maxRunning: { mail: 3 } });
  await claim(store, { lease, now: at(0), kinds: ["other"] });
  assert.deepEqual([await store.slotsHeld("mail"), await store.slotsHeld("other")], [3, 0]);
  await finish(store, first as StoredJob);
  assert.equal(await store.slotsHeld("mail"), 2);
});
