import assert from "node:assert/strict";
import { at } from "./clock.js";
import { fence } from "./fencing-cases.js";
import { Cases } from "./harness.js";
import { job, policy, put, range, read } from "./jobs.js";
import { claim, claimOne, failure, finish, losing, open, release, runsOf, type Task } from "./tasks.js";

/** What a job comes to over attempts that never succeed. */
export const endureCases = new Cases();

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
