import assert from "node:assert/strict";
import { pauseJob, requeueJob, runJob } from "../../../src/core/edits.js";
import { type StoredJob, stateOf } from "../../../src/core/job.js";
import type { Policy } from "../../../src/core/policy.js";
import { start } from "../../../src/core/start.js";
import { updateJob } from "../../../src/core/update-job.js";
import type { AmendResult, AmendWrite, Store } from "../../../src/store/store.js";
import { at } from "./clock.js";
import { fence } from "./fencing-cases.js";
import { Cases } from "./harness.js";
import { editing, job, policy, put, range, read } from "./jobs.js";
import { claim, claimOne, ending, finish, listed, losing, open, release, runsOf, slugs, type Task } from "./tasks.js";

/** What a job comes to over an outage, and where its trigger ends. */
export const misfireCases = new Cases();

/** What a dispatcher writes before it sends a task. */
function writeOf(out: Task, now: Date, of: Policy): AmendWrite | undefined {
  const found = start(out, of, now);
  const { token, lease } = out.lock;
  const head = { slug: out.slug, token, lease, etag: out.etag };
  if (found.type === "free") return { ...head, free: found.settled };
  return found.keep && { ...head, keep: found.keep };
}

async function amend(store: Store, write: AmendWrite | undefined): Promise<AmendResult> {
  assert.ok(write, "there is nothing to write");
  const [result] = await store.amend([write]);
  assert.ok(result);
  return result;
}

/** Claims what is due and does what a dispatcher does before it sends a task. */
async function begin(store: Store, lease: string, now: Date, of: Policy): Promise<StoredJob[]> {
  const started: StoredJob[] = [];
  for (const out of (await claim(store, { lease, now })) as Task[]) {
    const write = writeOf(out, now, of);
    if (write) assert.deepEqual(await store.amend([write]), [{ status: "recorded" }]);
    if (!write || "keep" in write) started.push(await read(store, out.slug));
  }
  return started;
}

for (const [misfire, ran] of [
  ["fire_once", 1],
  ["skip", 1],
  ["replay", 100],
] as const) {
  misfireCases.add(
    75,
    `an outage of an hour on a job of every second, ${misfire}: runs and missed are exact`,
    async ({ store }) => {
      const of = policy({ misfire });
      await put(store, job("a", { everyMs: 1_000 }));
      const lease = await open(store);
      const tick = async (now: Date): Promise<Date[]> => {
        const started = await begin(store, lease, now, of);
        for (const out of started) assert.equal(await finish(store, out, { endedAt: now, policy: of }), "recorded");
        return started.map(({ occurrence }) => occurrence);
      };
      for (const second of range(10)) assert.equal((await tick(at(second))).length, 1);
      // Nobody is there until 3609.5, when the occurrences of 10 to 3609 are pending. The newest is half a second late, within
      // the grace, so it runs under any policy.
      for (const n of range(ran)) assert.deepEqual(await tick(at(3_609.5)), [at(3_609 - ran + 1 + n)]);
      assert.deepEqual(await tick(at(3_609.9)), []);
      for (const second of range(5)) assert.equal((await tick(at(3_610 + second))).length, 1);
      const { counts } = await read(store, "a");
      assert.deepEqual([counts.succeeded, counts.missed, counts.occurrences], [15 + ran, 3_600 - ran, 3_615]);
      assert.equal((await runsOf(store)).length, 15 + ran);
    },
  );
}

misfireCases.add(
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

const ENDED = { type: "interval", everyMs: 60_000, anchor: at(0), endTime: at(121) } as const;

misfireCases.add(
  undefined,
  "skip of a job's last occurrences ends it: it is removed, or completed until the sweep",
  async ({ store, clock }) => {
    await put(store, job("gone", { trigger: ENDED }), job("kept", { trigger: ENDED }));
    const lease = await open(store);
    const of = { gone: policy({ misfire: "skip" }), kept: policy({ misfire: "skip", jobRetentionMs: 60_000 }) };
    for (const out of (await claim(store, { lease, now: at(900) })) as Task[]) {
      const write = writeOf(out, at(900), of[out.slug as keyof typeof of]);
      assert.deepEqual(await amend(store, write), { status: "recorded" });
    }
    assert.equal(await store.get("gone"), undefined);
    const kept = await read(store, "kept");
    assert.deepEqual([stateOf(kept), kept.expireAt, kept.at, kept.due], ["completed", at(960), undefined, undefined]);
    assert.deepEqual([kept.lock, kept.attempt, kept.counts.missed, kept.counts.occurrences], [undefined, 0, 3, 3]);
    assert.deepEqual(await runsOf(store), []);
    assert.equal(await store.nextRun(["mail"]), undefined);
    clock.set(at(960));
    while (await store.sweep());
    assert.equal(await store.get("kept"), undefined);
  },
);

misfireCases.add(
  undefined,
  "a completed job is listed as such, and starts again with another trigger",
  async ({ store }) => {
    await put(store, job("a"), job("b"));
    const lease = await open(store);
    for (const out of await claim(store, { lease, now: at(0) })) {
      assert.equal(await finish(store, out, { policy: policy({ jobRetentionMs: 60_000 }) }), "recorded");
    }
    assert.deepEqual(slugs(await listed(store, { states: ["completed"] })), ["a", "b"]);
    assert.deepEqual(slugs(await listed(store, { states: ["scheduled", "dead", "paused"] })), []);
    const [refused] = await store.edit(["a"], (one) => runJob(one, "", editing(at(1))));
    assert.deepEqual(refused, { type: "state", state: "completed" });
    assert.deepEqual(await store.edit(["a"], (one) => requeueJob(one, editing(at(1)))), [refused]);
    const trigger = { type: "fixed_delay", everyMs: 5_000 } as const;
    await store.edit(["a"], (one) => updateJob(one, { trigger }, "", editing(at(2))));
    const after = await read(store, "a");
    assert.deepEqual(
      [stateOf(after), after.due, after.expireAt, after.trigger],
      ["scheduled", at(7), undefined, trigger],
    );
    // From the end of the run on.
    const out = await claimOne(store, { lease, now: at(7) });
    assert.equal(await finish(store, out, { endedAt: at(9) }), "recorded");
    assert.deepEqual((await read(store, "a")).due, at(14));
    assert.deepEqual(slugs(await listed(store, { states: ["completed"] })), ["b"]);
  },
);

misfireCases.add(undefined, "what start found is written only over the job that it was found of", async ({ store }) => {
  await put(store, job("a", { everyMs: 1_000 }), job("b", { everyMs: 1_000 }));
  const lease = await open(store);
  const [a, b] = (await claim(store, { lease, now: at(0) })) as Task[];
  assert.ok(a && b);
  // Its trigger is changed between the claim and the write: that it has given nothing yet must not be lost.
  const trigger = { type: "once", time: at(50) } as const;
  await store.edit(["a"], (one) => updateJob(one, { trigger }, "", editing(at(3))));
  const changed = await read(store, "a");
  const [first, second] = await store.amend([a, b].flatMap((out) => writeOf(out, at(5.5), policy()) ?? []));
  assert.deepEqual([first, second], [{ status: "changed", job: changed }, { status: "recorded" }]);
  assert.deepEqual(await store.get("a"), changed);
  assert.deepEqual((await read(store, "b")).occurrence, at(5));
  assert.equal(writeOf(changed as Task, at(5.5), policy()), undefined, "of the old trigger: it runs as it is");
  assert.equal(await finish(store, changed, { endedAt: at(6) }), "recorded");
  const after = await read(store, "a");
  assert.deepEqual([after.due, after.triggerCount], [at(50), 1]);
  // Written again, it is recorded again, as after a lost answer; and progress holds whatever a caller wrote.
  await store.edit(["b"], (one) => pauseJob(one, "", editing(at(6))));
  const keep = { progress: { note: "half", at: at(6) } };
  const facts = { slug: "b", token: b.lock.token, lease, keep };
  assert.deepEqual(await amend(store, facts), { status: "recorded" });
  assert.equal((await amend(store, { ...facts, etag: b.etag })).status, "changed");
});

misfireCases.add(
  undefined,
  "an outcome that is found half done comes to the next time that it had, from its end and with its jitter",
  async ({ store, half }) => {
    const triggers = {
      delay: { type: "fixed_delay", everyMs: 5_000, jitterMs: 60_000 },
      rate: { type: "interval", everyMs: 60_000, anchor: at(0), jitterMs: 60_000 },
    } as const;
    await put(store, ...Object.entries(triggers).map(([slug, trigger]) => job(slug, { trigger })));
    const lease = await open(store);
    const tasks = (await claim(store, { lease, now: at(0) })) as Task[];
    const writes = tasks.map((out) => ending(out, { endedAt: at(7) }));
    for (const write of writes) await half(write);
    await fence(store, lease);
    // Whoever finds it, long after, with an outcome of its own.
    for (const out of tasks) assert.equal((await release(store, losing(out, { endedAt: at(500) }))).status, "stale");
    for (const { slug, settled } of writes) {
      const { occurrence, due, attempt } = await read(store, slug);
      assert.ok(settled.type === "put" && attempt === 0);
      assert.deepEqual([occurrence, due], [settled.standing.occurrence, settled.standing.due]);
      assert.ok(due && due > occurrence, "it has jitter");
    }
    assert.deepEqual((await read(store, "delay")).occurrence, at(12));
  },
  "two writes",
);
