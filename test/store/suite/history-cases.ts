import assert from "node:assert/strict";
import type { Run } from "../../../src/core/run.js";
import { at } from "./clock.js";
import { Cases } from "./harness.js";
import { job, policy, put, range, read } from "./jobs.js";
import { claim, claimOne, ending, facts, failure, finish, lost, open, runsOf } from "./tasks.js";

export const historyCases = new Cases();

historyCases.add(15, "an outcome that is reported twice is one run", async ({ store }) => {
  await put(store, job("a", { everyMs: 1_000 }));
  const lease = await open(store);
  const out = await claimOne(store, { lease, now: at(0) });
  const write = ending(out);
  assert.deepEqual(await store.release([write, write]), [{ status: "recorded" }, { status: "recorded" }]);
  assert.deepEqual(await store.release([write]), [{ status: "recorded" }]);
  assert.deepEqual((await runsOf(store)).map(facts), [facts(write.run)]);
});

historyCases.add(15, "a run is read back equal, whatever its outcome", async ({ store }) => {
  const outcomes = [
    { type: "success", result: Uint8Array.from(range(256)) },
    { type: "failure", error: "é\n\u0000😀" },
    { type: "released" },
    { type: "snoozed", delayMs: 5 },
    { type: "timed_out", error: "too long" },
    lost,
    { type: "handed_back", error: "never sent" },
  ] as const;
  await put(store, ...outcomes.map((_, n) => job(`j${n}`, { everyMs: 1_000, ...(n % 2 && { createId: "call" }) })));
  const lease = await open(store);
  const taken = await claim(store, { lease, now: at(0) });
  const writes = taken.map((out, n) => ending(out, { outcome: outcomes[n] ?? lost, endedAt: at(n + 0.123) }));
  for (const write of writes) assert.deepEqual(await store.release([write]), [{ status: "recorded" }]);
  assert.deepEqual((await runsOf(store)).map(facts), writes.map(({ run }) => facts(run)).toReversed());
});

historyCases.add(
  15,
  "pages of runs are newest first by when they were recorded, while others are added",
  async ({ store }) => {
    await put(store, ...range(60).map((n) => job(`j${String(n).padStart(2, "0")}`)));
    const lease = await open(store);
    const taken = await claim(store, { lease, now: at(0) });
    // Later recorded ones ended earlier: their order is not that of their ends.
    const end = async (n: number) => {
      const out = taken[n];
      assert.ok(out);
      assert.equal(await finish(store, out, { endedAt: at(1_000 - n) }), "recorded");
    };
    for (const n of range(40)) await end(n);
    const seen: Run[] = [];
    let next = 40;
    for (let after: string | undefined; ; ) {
      const page = await store.listRuns({ filter: {}, limit: 7, results: true, ...(after !== undefined && { after }) });
      seen.push(...page.items);
      if (page.next === undefined) break;
      after = page.next;
      await end(next++);
    }
    const expected = range(40).map((n) => taken[n]?.slug);
    assert.deepEqual(
      seen.map(({ slug }) => slug),
      expected.toReversed(),
    );
  },
);

historyCases.add(15, "each part of a filter of runs, alone and together", async ({ store }) => {
  await put(store, ...["a", "b", "c", "d"].map((slug, n) => job(slug, { kind: n < 2 ? "mail" : "other" })));
  const lease = await open(store);
  const taken = await claim(store, { lease, now: at(0), kinds: ["mail", "other"] });
  for (const out of taken.toSorted((one, other) => (one.slug < other.slug ? -1 : 1))) {
    const n = "abcd".indexOf(out.slug);
    assert.equal(await finish(store, out, { endedAt: at(n + 1), ...(n % 2 && { outcome: failure }) }), "recorded");
  }
  const finds = async (filter: Parameters<typeof store.listRuns>[0]["filter"], expected: string) => {
    const { items } = await store.listRuns({ filter, limit: 10, results: true });
    assert.equal(items.map(({ slug }) => slug).join(""), expected, JSON.stringify(filter));
  };
  await finds({}, "dcba");
  await finds({ slug: "b" }, "b");
  await finds({ slug: "none" }, "");
  await finds({ kinds: ["other", "none"] }, "dc");
  await finds({ kinds: [] }, "");
  await finds({ states: ["failed"] }, "db");
  await finds({ states: ["succeeded", "lost"] }, "ca");
  await finds({ endedAfter: at(3) }, "dc");
  await finds({ endedBefore: at(3) }, "ba");
  await finds({ endedAfter: at(2), endedBefore: at(4), kinds: ["other"], states: ["succeeded"] }, "c");
});

historyCases.add(15, "runs without results: the result is empty, the rest is there", async ({ store }) => {
  await put(store, job("a"));
  const lease = await open(store);
  const out = await claimOne(store, { lease, now: at(0) });
  const write = ending(out, { outcome: { type: "success", result: Uint8Array.of(1) } });
  await store.release([write]);
  const { items } = await store.listRuns({ filter: {}, limit: 10, results: false });
  assert.deepEqual(items.map(facts), [{ ...facts(write.run), result: new Uint8Array(0) }]);
});

historyCases.add(
  15,
  "a run is kept for its retention, and its proof for 10 minutes at least",
  async ({ store, clock }) => {
    // A store may keep its newest run as a mark of its place.
    const retentions = { none: 0, short: 1_000, hour: 3_600_000, "z-week": 604_800_000 };
    await put(store, ...Object.keys(retentions).map((slug) => job(slug)));
    const lease = await open(store);
    const taken = await claim(store, { lease, now: at(0) });
    const writes = taken.map((out) =>
      ending(out, { policy: policy({ runRetentionMs: retentions[out.slug as keyof typeof retentions] }) }),
    );
    await store.release(writes);
    const shown = async () => (await runsOf(store)).map(({ slug }) => slug).sort();
    const sweep = async (now: Date) => {
      clock.set(now);
      while (await store.sweep());
    };
    assert.deepEqual(await shown(), ["hour", "short", "z-week"]);
    await sweep(new Date(at(600).getTime() - 1));
    assert.deepEqual(await shown(), ["hour", "short", "z-week"]);
    // The hidden one still proves its outcome.
    for (const { status } of await store.release(writes)) assert.equal(status, "recorded");
    await sweep(at(600));
    assert.deepEqual(await shown(), ["hour", "z-week"]);
    await sweep(at(3_600));
    assert.deepEqual(await shown(), ["z-week"]);
    const results = await store.release(writes);
    assert.deepEqual(
      results.map(({ status }) => status),
      ["stale", "stale", "stale", "recorded"],
    );
  },
);

historyCases.add(15, "a sweep of many is in bounded steps, and takes nothing else", async ({ store, clock }) => {
  await put(store, ...range(2_500).map((n) => job(`j${n}`)));
  const lease = await open(store);
  for (let left = 2_500; left > 0; left -= 500) {
    const taken = await claim(store, { lease, now: at(0), limit: 500 });
    const endedAt = left === 500 ? at(100) : at(0);
    await store.release(taken.map((out) => ending(out, { endedAt, policy: policy({ runRetentionMs: 600_000 }) })));
  }
  clock.set(at(650));
  let steps = 1;
  while (await store.sweep()) steps++;
  assert.ok(steps >= 2, "2,000 runs went in one step");
  assert.equal((await runsOf(store)).length, 500);
});

historyCases.add(15, "a completed job is kept for its retention, and is never claimed", async ({ store, clock }) => {
  await put(store, job("a"), job("b"));
  const lease = await open(store);
  const [a] = await claim(store, { lease, now: at(0), limit: 1 });
  assert.ok(a);
  assert.equal(await finish(store, a, { policy: policy({ jobRetentionMs: 60_000 }) }), "recorded");
  const done = await read(store, "a");
  assert.deepEqual([done.expireAt, done.due, done.at], [at(60), undefined, undefined]);
  assert.equal((await claim(store, { lease, now: at(10_000) })).length, 1);
  clock.set(new Date(at(60).getTime() - 1));
  assert.equal(await store.sweep(), false);
  assert.deepEqual(await store.get("a"), done);
  clock.set(at(60));
  assert.equal(await store.sweep(), false);
  assert.equal(await store.get("a"), undefined);
  assert.ok(await store.get("b"));
});
