import assert from "node:assert/strict";
import type { StoredJob } from "../../../src/core/job.js";
import type { Policy } from "../../../src/core/policy.js";
import { start } from "../../../src/core/start.js";
import type { Store } from "../../../src/store/store.js";
import { at } from "./clock.js";
import { fence } from "./fencing-cases.js";
import { Cases } from "./harness.js";
import { job, policy, put, range, read } from "./jobs.js";
import { claim, claimOne, failure, finish, losing, open, release, runsOf, type Task } from "./tasks.js";

/** What a job comes to over an outage, and over attempts that never succeed. */
export const endureCases = new Cases();

/** Claims what is due and does what a dispatcher does before it sends a task. */
async function begin(store: Store, lease: string, now: Date, of: Policy): Promise<StoredJob[]> {
  const started: StoredJob[] = [];
  for (const out of (await claim(store, { lease, now })) as Task[]) {
    const found = start(out, of, now);
    const facts = { slug: out.slug, token: out.lock.token, lease };
    if (found.type === "free") await store.amend([{ ...facts, etag: out.etag, free: found.settled }]);
    else if (found.keep) await store.amend([{ ...facts, keep: found.keep }]);
    if (found.type === "run") started.push(await read(store, out.slug));
  }
  return started;
}

for (const misfire of ["fire_once", "skip"] as const) {
  endureCases.add(
    75,
    `an outage of an hour on a job of every second, ${misfire}: runs and missed are exact`,
    async ({ store }) => {
      const of = policy({ misfire });
      await put(store, job("a", { everyMs: 1_000 }));
      const lease = await open(store);
      const tick = async (now: Date): Promise<StoredJob[]> => {
        const started = await begin(store, lease, now, of);
        for (const out of started) assert.equal(await finish(store, out, { endedAt: now, policy: of }), "recorded");
        return started;
      };
      for (const second of range(10)) assert.equal((await tick(at(second))).length, 1);
      // Nobody is there until 3609.5, when the occurrences of 10 to 3609 are pending.
      const after = await tick(at(3_609.5));
      // The newest is half a second late, within the grace, so it runs under either policy.
      assert.deepEqual(
        after.map(({ occurrence }) => occurrence),
        [at(3_609)],
      );
      assert.deepEqual(await tick(at(3_609.9)), []);
      for (const second of range(5)) assert.equal((await tick(at(3_610 + second))).length, 1);
      const { counts } = await read(store, "a");
      assert.deepEqual([counts.succeeded, counts.missed, counts.occurrences], [16, 3_599, 3_615]);
      assert.equal((await runsOf(store)).length, 16);
    },
  );
}

endureCases.add(
  75,
  "an outage that ends long after the newest occurrence: skip runs none of them",
  async ({ store }) => {
    const of = policy({ misfire: "skip", misfireGraceMs: 1_000 });
    await put(store, job("a", { everyMs: 60_000 }));
    const lease = await open(store);
    assert.deepEqual(await begin(store, lease, at(3_605), of), []);
    const after = await read(store, "a");
    assert.deepEqual([after.due, after.lock, after.attempt, after.counts.missed], [at(3_660), undefined, 0, 61]);
    assert.deepEqual(await runsOf(store), []);
    assert.equal((await begin(store, lease, at(3_660), of)).length, 1);
  },
);

endureCases.add(76, "a worker that releases everything gets it ever more seldom", async ({ store }) => {
  await put(store, job("a", { everyMs: 1_000 }));
  const lease = await open(store);
  const times: number[] = [];
  for (;;) {
    const now = await store.nextRun(["mail"]);
    assert.ok(now);
    if (now >= at(3_600)) break;
    const out = await claimOne(store, { lease, now });
    times.push((now.getTime() - at(0).getTime()) / 1_000);
    assert.equal(await finish(store, out, { outcome: { type: "released" } }), "recorded");
  }
  assert.deepEqual(times.slice(0, 8), [0, 1, 3, 7, 15, 31, 63, 123]);
  assert.ok(times.length < 70, `${times.length} in an hour`);
  const { attempt, counts, occurrence } = await read(store, "a");
  assert.deepEqual([attempt, counts.released, occurrence], [0, times.length, at(0)]);
});

for (const onExhausted of ["dead", "next_occurrence"] as const) {
  endureCases.add(
    77,
    `a task that kills its worker ends after its attempts (${onExhausted}), its neighbours don't`,
    async ({ store }) => {
      const of = policy({}, { maxAttempts: 3, onExhausted });
      await put(store, job("poison", { everyMs: 86_400_000 }), job("good", { everyMs: 1_000 }));
      let attempts = 0;
      for (let turn = 0; turn < 40 && attempts < 3; turn++) {
        const lease = await open(store, `s${turn}`);
        const now = (await store.nextRun(["mail"])) ?? at(0);
        for (const out of (await claim(store, { lease, now })) as Task[]) {
          if (out.slug === "good") assert.equal(await finish(store, out, { endedAt: now }), "recorded");
        }
        await fence(store, lease);
        for (const orphan of (await store.orphans(undefined, 10)) as Task[]) {
          assert.deepEqual([orphan.slug, orphan.attempt], ["poison", ++attempts]);
          assert.deepEqual(await release(store, losing(orphan, { policy: of })), { status: "recorded" });
        }
      }
      assert.equal(attempts, 3);
      const poison = await read(store, "poison");
      assert.deepEqual([poison.counts.lost, poison.counts.exhausted], [3, 1]);
      assert.equal(poison.dead, onExhausted === "dead" ? "exhausted" : undefined);
      assert.deepEqual(poison.due, onExhausted === "dead" ? undefined : at(86_400));
      const good = await read(store, "good");
      assert.ok(good.counts.succeeded > 5 && good.due && good.counts.lost === 0);
      assert.equal((await runsOf(store, "poison")).length, 3);
      assert.ok((await runsOf(store, "poison")).every(({ state }) => state === "lost"));
    },
  );
}

endureCases.add(
  77,
  "a job that only fails goes DEAD with its reason, and is never claimed again",
  async ({ store }) => {
    const of = policy({}, { maxAttempts: 2, onExhausted: "dead" });
    await put(store, job("a", { everyMs: 1_000 }));
    const lease = await open(store);
    for (const _ of range(2)) {
      const out = await claimOne(store, { lease, now: (await store.nextRun(["mail"])) ?? at(0) });
      assert.equal(await finish(store, out, { outcome: failure, policy: of }), "recorded");
    }
    const { dead, due, at: next, last } = await read(store, "a");
    assert.deepEqual([dead, due, next, last?.error], ["exhausted", undefined, undefined, "no"]);
    assert.equal(await store.nextRun(["mail"]), undefined);
    assert.deepEqual(await claim(store, { lease, now: at(1_000_000) }), []);
  },
);
