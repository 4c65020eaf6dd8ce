import assert from "node:assert/strict";
import { pauseJob } from "../../../src/core/edits.js";
import type { StoredJob } from "../../../src/core/job.js";
import { jobMatcher } from "../../../src/store/match.js";
import type { JobFilter, Store } from "../../../src/store/store.js";
import { at } from "./clock.js";
import { Cases } from "./harness.js";
import { editing, job, put, range } from "./jobs.js";
import { claim, failure, finish, listed, open, slugs } from "./tasks.js";

export const listCases = new Cases();

listCases.add(13, "pages show no job twice and miss none, while others come and go", async ({ store }) => {
  const name = (n: number) => `j${String(n).padStart(4, "0")}`;
  const lasting = range(300).map((n) => name(n * 3));
  await put(store, ...lasting.map((slug) => job(slug)));
  const seen: string[] = [];
  let after: string | undefined;
  for (let page = 0; ; page++) {
    const answer = await store.list({ filter: {}, limit: 7, payloads: false, ...(after !== undefined && { after }) });
    seen.push(...slugs(answer.items));
    assert.ok(answer.items.length <= 7);
    if (answer.next === undefined) break;
    after = answer.next;
    // Before, behind and around the page; what was added last goes again.
    await put(store, job(name(page * 3 + 1)), job(name(900 + page)), job(`${answer.next}\u0001`));
    await store.edit([name(page * 3 + 1)], () => ({ answer: 0, write: { type: "delete" } }));
  }
  assert.deepEqual(seen, [...new Set(seen)].sort());
  assert.deepEqual(
    seen.filter((slug) => lasting.includes(slug)),
    lasting,
  );
});

listCases.add(13, "a page ends exactly at its limit, and the last one has no next", async ({ store }) => {
  await put(store, ...range(6).map((n) => job(`j${n}`)));
  const first = await store.list({ filter: {}, limit: 3, payloads: true });
  assert.deepEqual([slugs(first.items), first.next], [["j0", "j1", "j2"], "j2"]);
  assert.deepEqual(slugs(await listed(store, {}, 3)), ["j0", "j1", "j2", "j3", "j4", "j5"]);
  assert.deepEqual(await store.list({ filter: {}, limit: 3, payloads: true, after: "j5" }), { items: [] });
});

listCases.add(13, "a page ends after 10,000 jobs that were looked at, also without any", async ({ store }) => {
  const name = (n: number) => `j${String(n).padStart(5, "0")}`;
  const last = { labels: { team: "red" } };
  await put(store, ...range(10_002).map((n) => job(name(n), n < 10_000 ? {} : last)));
  for (const payloads of [true, false]) {
    const request = { filter: last, limit: 5, payloads };
    const first = await store.list(request);
    assert.deepEqual([slugs(first.items), first.next], [[], name(9_999)]);
    const second = await store.list({ ...request, after: name(9_999) });
    assert.deepEqual([slugs(second.items), second.next], [[name(10_000), name(10_001)], undefined]);
  }
});

listCases.add(13, "each part of a filter, alone and together", async ({ store }) => {
  await put(
    store,
    job("a1", { labels: { team: "red", tier: "1" }, dueAt: at(1) }),
    job("a2", { kind: "other", labels: { team: "red" }, dueAt: at(2) }),
    job("b1", { pause: { reason: "", at: at(0) }, dueAt: at(3) }),
    job("b2", { dead: "exhausted" }),
    job("b3", { failures: 1, attempt: 1, dueAt: at(5) }),
    job("b_", { kind: "third", dueAt: at(6) }),
    job("b%", { kind: "third", dueAt: at(7) }),
    job("c1", { kind: "run", dueAt: at(8) }),
  );
  const lease = await open(store);
  await claim(store, { lease, now: at(100), kinds: ["run"] });
  const all = ["a1", "a2", "b%", "b1", "b2", "b3", "b_", "c1"];
  const finds = async (filter: Parameters<typeof listed>[1], expected: readonly string[]) =>
    assert.deepEqual(slugs(await listed(store, filter, 3)), expected, JSON.stringify(filter));
  await finds({}, all);
  await finds({ slugs: ["c1", "a1", "none", "a1"] }, ["a1", "c1"]);
  await finds({ slugs: [] }, []);
  await finds({ slugPrefix: "b" }, ["b%", "b1", "b2", "b3", "b_"]);
  await finds({ slugPrefix: "b%" }, ["b%"]);
  await finds({ slugPrefix: "b_" }, ["b_"]);
  await finds({ slugPrefix: "" }, all);
  await finds({ kinds: ["other", "third", "none"] }, ["a2", "b%", "b_"]);
  await finds({ kinds: [] }, []);
  await finds({ labels: { team: "red" } }, ["a1", "a2"]);
  await finds({ labels: { team: "red", tier: "1" } }, ["a1"]);
  await finds({ labels: { team: "blue" } }, []);
  await finds({ labels: { constructor: "x" } }, []);
  await finds({ states: ["paused"] }, ["b1"]);
  await finds({ states: ["dead", "retrying"] }, ["b2", "b3"]);
  await finds({ states: ["running"] }, ["c1"]);
  await finds({ states: ["scheduled"] }, ["a1", "a2", "b%", "b_"]);
  await finds({ states: ["completed"] }, []);
  await finds({ dueAfter: at(3) }, ["b%", "b1", "b3", "b_", "c1"]);
  await finds({ dueBefore: at(3) }, ["a1", "a2"]);
  await finds({ dueAfter: at(2), dueBefore: at(6), kinds: ["mail"], slugPrefix: "b" }, ["b1", "b3"]);
});

listCases.add(
  13,
  "a list without payloads leaves out payload, result and checkpoint, and nothing else",
  async ({ store }) => {
    await put(store, job("a", { everyMs: 1_000, payload: Uint8Array.of(1) }));
    const lease = await open(store);
    const [out] = await claim(store, { lease, now: at(0) });
    assert.ok(out?.lock);
    await finish(store, out, { outcome: { type: "success", result: Uint8Array.of(2) } });
    const [again] = await claim(store, { lease, now: at(1) });
    assert.ok(again?.lock);
    const keep = { checkpoint: Uint8Array.of(3), progress: { note: "n", at: at(1) } };
    await store.amend([{ slug: "a", token: again.lock.token, lease, keep }]);
    await finish(store, { ...again, ...keep }, { outcome: failure });
    const whole = (await listed(store))[0];
    assert.ok(whole);
    assert.deepEqual([whole.lastResult, whole.checkpoint], [Uint8Array.of(2), Uint8Array.of(3)]);
    assert.equal(whole.last?.error, "no");
    const { lastResult, checkpoint, ...rest } = whole;
    const { items } = await store.list({ filter: {}, limit: 10, payloads: false });
    assert.deepEqual(items, [{ ...rest, payload: new Uint8Array(0) }]);
  },
);

/** One of every state, of several kinds, in no order of theirs; and many that wait, far behind them in time. */
async function someOfEach(store: Store, many: number): Promise<void> {
  const kinds = ["a", "b", "c"];
  const shape = (n: number): Partial<StoredJob> => ({
    kind: kinds[n % 3] as string,
    priority: (n % 4) as StoredJob["priority"],
    labels: { n: String(n % 2) },
  });
  const slug = (n: number, what: string) => `${String((n * 7_919) % 100_003).padStart(6, "0")}-${what}`;
  const rare = range(12).flatMap((n) => [
    job(slug(n, "dead"), { ...shape(n), dead: "exhausted", failures: 1 }),
    job(slug(n + 20, "paused"), { ...shape(n), pause: { reason: "", at: at(0) }, dueAt: at(n) }),
    job(slug(n + 40, "retrying"), { ...shape(n), failures: 1, attempt: 1, dueAt: at(1_000 + n) }),
    job(slug(n + 60, "completed"), { ...shape(n), expireAt: at(9_999) }),
    job(slug(n + 80, "running"), { ...shape(n), dueAt: at(n) }),
  ]);
  await put(
    store,
    ...rare,
    ...range(many).map((n) => job(slug(n + 100, "waits"), { ...shape(n), dueAt: at(2_000 + n) })),
  );
  const leases = [await open(store, "s1"), await open(store, "s2")];
  for (const [n, kind] of kinds.entries()) {
    await claim(store, { lease: leases[n % 2] ?? "", now: at(100), kinds: [kind] });
  }
  await store.edit([slug(83, "running")], (found) => pauseJob(found, "", editing(at(100))));
}

listCases.add(
  13,
  "every filter finds what it says, page by page, whichever way it is looked for",
  async ({ store }) => {
    await someOfEach(store, 300);
    const all = await listed(store, {}, 1_000);
    const states = [
      ["dead"],
      ["running", "paused"],
      ["retrying", "scheduled"],
      ["completed", "dead"],
      undefined,
    ] as const;
    const times: JobFilter[] = [
      {},
      { dueBefore: at(5) },
      { dueAfter: at(1_005), dueBefore: at(2_010) },
      { dueAfter: at(2_290) },
      { dueBefore: at(0) },
    ];
    const others: JobFilter[] = [
      {},
      { kinds: ["a", "c"] },
      { kinds: ["none"] },
      { labels: { n: "1" } },
      { slugPrefix: "0" },
    ];
    for (const some of states) {
      for (const time of times) {
        for (const other of others) {
          const filter: JobFilter = { ...(some && { states: some }), ...time, ...other };
          const expected = slugs(all.filter(jobMatcher(filter)));
          assert.deepEqual(slugs(await listed(store, filter, 7)), expected, JSON.stringify(filter));
        }
      }
    }
  },
);

listCases.add(13, "what is rare is on one page, however many wait around it", async ({ store }) => {
  await someOfEach(store, 12_000);
  const page = async (filter: JobFilter) => {
    const { items, next } = await store.list({ filter, limit: 100, payloads: false });
    assert.equal(next, undefined, JSON.stringify(filter));
    return items.length;
  };
  for (const state of ["dead", "paused", "retrying", "completed", "running"] as const) {
    assert.equal(await page({ states: [state] }), 12, state);
    assert.equal(await page({ states: [state], kinds: ["a"] }), 4, state);
  }
  assert.equal(await page({ states: ["dead", "running"], labels: { n: "1" } }), 12);
  if (store.engine === "memory") return;
  assert.equal(await page({ dueBefore: at(5) }), 10);
  assert.equal(await page({ dueAfter: at(2_010), dueBefore: at(2_015), kinds: ["b"] }), 2);
});
