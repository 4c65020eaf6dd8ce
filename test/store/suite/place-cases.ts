import assert from "node:assert/strict";
import type { RunFilter, RunPlaces, Store } from "../../../src/store/store.js";
import { at } from "./clock.js";
import { Cases } from "./harness.js";
import { job, policy, put, range } from "./jobs.js";
import { claim, claimOne, facts, failure, finish, open, runsOf } from "./tasks.js";

export const placeCases = new Cases();

/** Every part of the history from here to its end. */
async function follow(store: Store, from?: string, filter: RunFilter = {}, limit = 7): Promise<RunPlaces[]> {
  const parts: RunPlaces[] = [];
  for (let after = from; ; ) {
    const part = await store.runPlaces({ filter, limit, ...(after !== undefined && { after }) });
    parts.push(part);
    if (part.end) return parts;
    after = part.next;
  }
}

const placesIn = (parts: readonly RunPlaces[]) => parts.flatMap(({ items }) => items.map(({ place }) => place));
const tokensIn = (parts: readonly RunPlaces[]) => parts.flatMap(({ items }) => items.map(({ token }) => token));
const settledOf = (parts: readonly RunPlaces[]) => parts.at(-1)?.settled ?? "";

async function slugsAt(store: Store, parts: readonly RunPlaces[]): Promise<string> {
  return (await store.runsAt(placesIn(parts), false)).map(({ slug }) => slug).join(" ");
}

placeCases.add(
  undefined,
  "the history forwards holds each run once, in the order of their record",
  async ({ store }) => {
    const from = settledOf(await follow(store));
    await put(store, ...range(40).map((n) => job(`j${String(n).padStart(2, "0")}`)));
    const lease = await open(store);
    const taken = await claim(store, { lease, now: at(0) });
    // Later recorded ones ended earlier: their order is not that of their ends.
    for (const [n, out] of taken.entries()) await finish(store, out, { endedAt: at(1_000 - n) });
    for (const limit of [1, 7, 40, 1_000]) {
      const parts = await follow(store, from, {}, limit);
      assert.deepEqual(
        tokensIn(parts),
        taken.map((out) => out.lock?.token),
      );
      assert.ok(parts.every(({ items, gap }) => items.length <= limit && !gap));
    }
  },
);

placeCases.add(
  undefined,
  "whoever goes on from where all was settled misses nothing that is recorded",
  async (world) => {
    const { store, clock } = world;
    const other = await world.again();
    await put(store, ...range(60).map((n) => job(`j${n}`)));
    const lease = await open(store);
    const taken = await claim(store, { lease, now: at(0) });
    const seen = new Set<string>();
    let settled = settledOf(await follow(store));
    for (const [n, out] of taken.entries()) {
      await finish(n % 2 ? other : store, out);
      if (n % 7) continue;
      clock.turn(n % 3 ? 0.4 : 20);
      const parts = await follow(n % 3 ? store : other, settled);
      for (const token of tokensIn(parts)) seen.add(token);
      settled = settledOf(parts);
      // The part without a start holds all that may be met again behind its end.
      const newest = await follow(store, undefined, {}, 1_000);
      assert.deepEqual(tokensIn(await follow(store, settledOf(newest))), tokensIn(newest));
    }
    for (const token of tokensIn(await follow(store, settled))) seen.add(token);
    assert.deepEqual([...seen].sort(), taken.map((out) => out.lock?.token).sort());
    clock.turn(60);
    const later = await follow(store);
    assert.deepEqual([tokensIn(later), later.length], [[], 1], "all is settled, and nothing of it is read again");
  },
);

placeCases.add(
  undefined,
  "the history forwards leaves out hidden runs, and what the filter does not mean",
  async ({ store }) => {
    const from = settledOf(await follow(store));
    await put(
      store,
      ...["a", "b", "c", "d"].map((slug, n) => job(slug, { kind: n < 2 ? "mail" : "other" })),
      job("none"),
    );
    const lease = await open(store);
    const taken = await claim(store, { lease, now: at(0), kinds: ["mail", "other"] });
    for (const out of taken.toSorted((one, another) => (one.slug < another.slug ? -1 : 1))) {
      const n = "abcd".indexOf(out.slug);
      const how = { endedAt: at(n + 1), ...(n % 2 && { outcome: failure }) };
      await finish(store, out, n < 0 ? { policy: policy({ runRetentionMs: 0 }) } : how);
    }
    const finds = async (filter: RunFilter, expected: string) => {
      for (const limit of [1, 10]) {
        assert.equal(await slugsAt(store, await follow(store, from, filter, limit)), expected, JSON.stringify(filter));
      }
    };
    await finds({}, "a b c d");
    await finds({ slug: "b" }, "b");
    await finds({ slug: "missing" }, "");
    await finds({ kinds: ["other", "none"] }, "c d");
    await finds({ kinds: [] }, "");
    await finds({ states: ["failed"] }, "b d");
    await finds({ endedAfter: at(2), endedBefore: at(4), kinds: ["other"], states: ["succeeded"] }, "c");
  },
);

placeCases.add(
  undefined,
  "runs are read at their places, in the order asked for, with and without results",
  async ({ store }) => {
    const from = settledOf(await follow(store));
    await put(store, job("a"), job("b"));
    const lease = await open(store);
    for (const out of await claim(store, { lease, now: at(0) })) {
      await finish(store, out, { outcome: { type: "success", result: Uint8Array.of(1) } });
    }
    const places = placesIn(await follow(store, from)).toReversed();
    const whole = await store.runsAt(places, true);
    assert.deepEqual(whole.map(facts), (await runsOf(store)).map(facts));
    const bare = await store.runsAt(places, false);
    assert.deepEqual(
      bare.map(({ slug, result }) => [slug, result.length]),
      whole.map(({ slug }) => [slug, 0]),
    );
    assert.deepEqual(await store.runsAt([], true), []);
  },
);

placeCases.add(
  undefined,
  "what has expired is gone from its place, and a gap for whoever was before it",
  async ({ store, clock }) => {
    const before = settledOf(await follow(store));
    await put(store, job("a"));
    const lease = await open(store);
    await finish(store, await claimOne(store, { lease, now: at(0) }), { policy: policy({ runRetentionMs: 600_000 }) });
    const places = placesIn(await follow(store, before));
    clock.set(at(601));
    await put(store, job("b"));
    await finish(store, await claimOne(store, { lease, now: at(601) }), { endedAt: at(601) });
    while (await store.sweep());
    const parts = await follow(store, before);
    assert.equal(parts[0]?.gap, true);
    assert.equal(await slugsAt(store, parts), "b");
    assert.deepEqual(await store.runsAt(places, true), []);
    assert.ok(
      (await follow(store, settledOf(parts))).every(({ gap }) => !gap),
      "whoever was behind it misses nothing",
    );
  },
);

placeCases.add(undefined, "the data has one name, also for another handle", async (world) => {
  const name = await world.store.identity();
  assert.match(name, /^[0-9a-f]{32}$/);
  assert.equal(await (await world.again()).identity(), name);
  assert.equal(await world.store.identity(), name);
});

placeCases.add(
  undefined,
  "a restart keeps the name of the data, and the places",
  async ({ store, restart }) => {
    const from = settledOf(await follow(store));
    const name = await store.identity();
    await put(store, job("a"));
    await finish(store, await claimOne(store, { lease: await open(store), now: at(0) }));
    const again = await restart();
    assert.equal(await again.identity(), name);
    assert.equal(await slugsAt(again, await follow(again, from)), "a");
  },
  "durable",
);
