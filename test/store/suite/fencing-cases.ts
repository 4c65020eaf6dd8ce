import assert from "node:assert/strict";
import { deleteJob } from "../../../src/core/edits.js";
import type { Store } from "../../../src/store/store.js";
import { at } from "./clock.js";
import { Cases } from "./harness.js";
import { editing, job, put, range, read } from "./jobs.js";
import { claim, claimOne, ending, failure, finish, losing, open, release, runsOf, type Task } from "./tasks.js";

export const fencingCases = new Cases();

/** Fences a lease whose server is gone. */
export async function fence(store: Store, lease: string): Promise<void> {
  const seen = (await store.leases()).find(({ id }) => id === lease);
  assert.ok(seen);
  assert.equal(await store.takeOver(lease, seen.seq), true);
}

const held = ({ slug, lock }: Task) => ({ slug, token: lock.token });

fencingCases.add(29, "a stale, random, empty or other job's token changes nothing", async ({ store }) => {
  await put(store, job("a", { everyMs: 1_000 }), job("b", { everyMs: 1_000 }), job("free", { dueAt: at(9_999) }));
  const lease = await open(store);
  const [first, b] = (await claim(store, { lease, now: at(0) })) as Task[];
  assert.ok(first && b);
  assert.equal(await finish(store, first, { outcome: failure, by: "server" }), "recorded");
  const out = await claimOne(store, { lease, now: at(1_000) });
  const documents = async () => [await read(store, "a"), await read(store, "b"), await read(store, "free")];
  const [before, runs] = [await documents(), await runsOf(store)];
  for (const token of [
    first.lock.token,
    "f".repeat(32),
    "",
    b.lock.token,
    out.lock.token.toUpperCase(),
    `${out.lock.token}0`,
  ]) {
    for (const by of ["worker", "server"] as const) {
      for (const slug of ["a", "free", "none"]) {
        const { settled, run } = ending(out, { by });
        const write = { slug, token, etag: out.etag, settled, run: { ...run, token, slug } };
        assert.deepEqual(await store.release([write, { ...write, lease }]), [{ status: "stale" }, { status: "stale" }]);
      }
    }
  }
  assert.deepEqual(await documents(), before);
  assert.deepEqual(await runsOf(store), runs);
});

fencingCases.add(29, "no part of a token tells another one of its claim", async ({ store }) => {
  await put(store, ...range(100).map((n) => job(`j${n}`)));
  const tasks = (await claim(store, { lease: await open(store), now: at(0) })) as Task[];
  assert.equal(tasks.length, 100);
  // Six bytes of each, from every byte on.
  const parts = tasks.flatMap(({ lock: { token } }) => range(11).map((n) => token.slice(2 * n, 2 * n + 12)));
  assert.ok(parts.every((part) => /^[0-9a-f]{12}$/.test(part)));
  assert.equal(new Set(parts).size, parts.length);
});

fencingCases.add(29, "a stale token changes nothing after a delete either", async ({ store }) => {
  await put(store, job("a"));
  const lease = await open(store);
  const out = await claimOne(store, { lease, now: at(0) });
  assert.equal(await finish(store, out, { by: "server" }), "recorded");
  assert.equal(await finish(store, out), "stale");
  assert.equal(await finish(store, out, { outcome: failure }), "stale");
  assert.equal(await store.get("a"), undefined);
  assert.deepEqual(
    (await runsOf(store)).map(({ by }) => by),
    ["server"],
  );
});

fencingCases.add(30, "a worker's release again: recorded, whatever it says now, and one run", async ({ store }) => {
  await put(store, job("a", { everyMs: 1_000 }), job("b"));
  const lease = await open(store);
  const [a, b] = (await claim(store, { lease, now: at(0) })) as Task[];
  assert.ok(a && b);
  for (const out of [a, b]) assert.equal(await finish(store, out), "recorded");
  const [next] = await claim(store, { lease, now: at(1) });
  assert.ok(next);
  const before = await read(store, "a");
  for (const out of [a, b]) {
    assert.equal(await finish(store, out), "recorded");
    assert.equal(await finish(store, out, { outcome: failure }), "recorded");
    assert.equal((await release(store, losing(out))).status, "stale");
  }
  assert.deepEqual(await store.get("a"), before);
  assert.equal(await store.get("b"), undefined);
  assert.deepEqual(
    (await runsOf(store)).map(({ slug, state }) => [slug, state]),
    [
      ["b", "succeeded"],
      ["a", "succeeded"],
    ],
  );
});

fencingCases.add(31, "a lock is adopted by its token, from any lease, by newer streams only", async ({ store }) => {
  await put(store, job("a"), job("b"));
  const [first, second, third] = [await open(store, "s1"), await open(store, "s2"), await open(store, "s3")];
  const [a, b] = (await claim(store, { lease: first, now: at(0) })) as Task[];
  assert.ok(a && b);
  const other = await read(store, "b");
  const asked = [held(a), { slug: "b", token: a.lock.token }, { slug: "none", token: a.lock.token }];
  const [adopted, ...others] = await store.adopt(asked, second, 5);
  assert.deepEqual(others, [undefined, undefined]);
  const expected = {
    ...a,
    rev: a.rev + 1,
    updatedAt: adopted?.updatedAt,
    lock: { ...a.lock, lease: second, stream: 5 },
  };
  assert.deepEqual(adopted, expected);
  assert.deepEqual(await store.get("a"), expected);
  for (const stream of [5, 4, 0]) {
    assert.deepEqual(await store.adopt([held(a)], third, stream), [undefined]);
    assert.deepEqual(await store.adopt([held(a)], second, stream), [undefined]);
  }
  assert.deepEqual(await store.get("a"), expected);
  assert.deepEqual((await store.adopt([held(a)], third, 6))[0]?.lock, { ...a.lock, lease: third, stream: 6 });
  assert.deepEqual(await store.get("b"), other);
  // The worker's own result counts wherever it is.
  assert.equal(await finish(store, a), "recorded");
  assert.deepEqual(await store.adopt([held(a)], third, 7), [undefined]);
});

fencingCases.add(31, "after a take-over and before it is settled a lock is adopted still", async ({ store }) => {
  await put(store, job("a"));
  const [dead, live] = [await open(store, "s1"), await open(store, "s2")];
  const out = await claimOne(store, { lease: dead, now: at(0) });
  await fence(store, dead);
  assert.equal((await store.orphans(undefined, 10)).length, 1);
  const [adopted] = await store.adopt([held(out)], live, 1);
  assert.equal(adopted?.lock?.lease, live);
  assert.deepEqual(await store.orphans(undefined, 10), []);
  assert.equal((await release(store, losing(out))).status, "moved");
  assert.equal(await finish(store, out), "recorded");
});

fencingCases.add(31, "of adoptions at once the newest stream's stays", async ({ store, again }) => {
  const other = await again();
  const leases = [await open(store, "s1"), await open(store, "s2")];
  for (const n of range(20)) {
    const kind = `k${n}`;
    await put(store, job(`j${n}`, { kind }));
    const out = await claimOne(store, { lease: leases[0] as string, now: at(0), kinds: [kind] });
    const adoptions = [3, 1, 4, 2].map((stream) =>
      (stream % 2 ? store : other).adopt([held(out)], leases[stream % 2] as string, stream),
    );
    await Promise.all(adoptions);
    const { lock } = await read(store, out.slug);
    assert.deepEqual([lock?.stream, lock?.lease], [4, leases[0]]);
  }
});

fencingCases.add(31, "a reopened lease takes along what is still under the old one", async ({ store }) => {
  await put(store, job("a"), job("b"), job("c"));
  const [old, other, fresh] = [await open(store, "s1"), await open(store, "s2"), await open(store, "s1")];
  const [a, b, c] = (await claim(store, { lease: old, now: at(0) })) as Task[];
  assert.ok(a && b && c);
  await store.adopt([held(b)], other, 1);
  assert.equal(await finish(store, c), "recorded");
  await fence(store, old);
  const asked = [held(a), held(b), held(c), { slug: "a", token: "0".repeat(32) }];
  assert.deepEqual(await store.move(asked, old, fresh), [a.lock.token]);
  assert.deepEqual((await read(store, "a")).lock, { ...a.lock, lease: fresh });
  assert.deepEqual((await read(store, "b")).lock?.lease, other);
  assert.deepEqual(await store.move(asked, old, fresh), []);
});

for (const first of ["result", "loss"] as const) {
  fencingCases.add(32, `take-over against result: exactly one wins, the ${first} first`, async ({ store }) => {
    await put(store, job("a", { everyMs: 1_000 }));
    const lease = await open(store);
    const out = await claimOne(store, { lease, now: at(0) });
    await fence(store, lease);
    const [orphan] = (await store.orphans(undefined, 10)) as Task[];
    assert.deepEqual(orphan, out);
    const writes = first === "result" ? [ending(out), losing(orphan)] : [losing(orphan), ending(out)];
    assert.equal((await release(store, writes[0] ?? ending(out))).status, "recorded");
    const before = await read(store, "a");
    assert.equal((await release(store, writes[1] ?? ending(out))).status, "stale");
    assert.deepEqual(await store.get("a"), before);
    const expected = first === "result" ? "succeeded" : "lost";
    assert.deepEqual(
      (await runsOf(store)).map(({ state }) => state),
      [expected],
    );
    assert.equal(before.counts[expected], 1);
  });
}

fencingCases.add(32, "take-over against result at once: exactly one wins", async ({ store, again }) => {
  const other = await again();
  for (const n of range(30)) {
    const slug = `j${n}`;
    await put(store, job(slug, { kind: slug, everyMs: 1_000 }));
    const lease = await open(store);
    const out = await claimOne(store, { lease, now: at(0), kinds: [slug] });
    await fence(store, lease);
    const writes = n % 2 ? [losing(out), ending(out)] : [ending(out), losing(out)];
    const results = await Promise.all(writes.map((write, w) => release(w ? other : store, write)));
    assert.deepEqual(results.map(({ status }) => status).sort(), ["recorded", "stale"]);
    const { counts } = await read(store, slug);
    assert.equal(counts.succeeded + counts.lost, 1);
    assert.equal((await runsOf(store, slug)).length, 1);
  }
});

fencingCases.add(33, "of take-overs at once one wins", async ({ store, again }) => {
  const handles = [store, await again(), await again()];
  for (const _ of range(20)) {
    const lease = await open(store);
    const seen = (await store.leases()).find(({ id }) => id === lease);
    assert.ok(seen);
    const answers = await Promise.all(range(9).map((n) => (handles[n % 3] ?? store).takeOver(lease, seen.seq)));
    assert.equal(answers.filter((answer) => answer).length, 1);
    assert.equal(await store.takeOver(lease, seen.seq), false);
  }
});

fencingCases.add(34, "a renewal between the look and the take-over defeats it", async ({ store }) => {
  const lease = await open(store);
  const seen = (await store.leases()).find(({ id }) => id === lease);
  assert.ok(seen);
  assert.equal(await store.renewLease(lease), true);
  assert.equal(await store.takeOver(lease, seen.seq), false);
  const now = (await store.leases()).find(({ id }) => id === lease);
  assert.deepEqual([now?.state, now?.seq], ["live", seen.seq + 1]);
  assert.equal(await store.takeOver(lease, seen.seq + 2), false);
  assert.equal(await store.takeOver("none", 1), false);
  assert.equal(await store.takeOver(lease, seen.seq + 1), true);
});

fencingCases.add(
  35,
  "a job that was settled as lost runs under a new token: the old result is stale",
  async ({ store }) => {
    await put(store, job("a", { everyMs: 100_000 }));
    const [dead, live] = [await open(store, "s1"), await open(store, "s2")];
    const old = await claimOne(store, { lease: dead, now: at(0) });
    await fence(store, dead);
    assert.equal((await release(store, losing(old))).status, "recorded");
    const retry = await read(store, "a");
    assert.ok(retry.due);
    const fresh = await claimOne(store, { lease: live, now: retry.due });
    assert.equal(fresh.attempt, 2);
    const before = await read(store, "a");
    assert.equal(await finish(store, old), "stale");
    assert.deepEqual(await store.get("a"), before);
    assert.equal(await finish(store, fresh), "recorded");
    const after = await read(store, "a");
    assert.deepEqual([after.counts.lost, after.counts.succeeded, after.counts.occurrences], [1, 1, 1]);
    assert.deepEqual(
      (await runsOf(store)).map(({ state, attempt, token }) => [state, attempt, token]),
      [
        ["succeeded", 2, fresh.lock.token],
        ["lost", 1, old.lock.token],
      ],
    );
  },
);

fencingCases.add(
  36,
  "an outcome that is found half done is the one that is completed, and there is no second run",
  async ({ store, half }) => {
    await put(store, job("a", { everyMs: 1_000 }));
    const lease = await open(store);
    const out = await claimOne(store, { lease, now: at(0) });
    await half(ending(out, { outcome: { type: "success", result: Uint8Array.of(1), payload: Uint8Array.of(2) } }));
    await fence(store, lease);
    assert.equal((await release(store, losing(out))).status, "stale");
    const after = await read(store, "a");
    assert.deepEqual([after.lock, after.due, after.payload], [undefined, at(1), Uint8Array.of(2)]);
    assert.deepEqual(
      (await runsOf(store)).map(({ state }) => state),
      ["succeeded"],
    );
  },
  "two writes",
);

const wishes = { payload: Uint8Array.of(2), nextTime: at(77) };

for (const by of ["loss", "report", "hello", "caller"] as const) {
  fencingCases.add(
    44,
    `an outcome whose server died between its two writes is applied once, and whole (found by a ${by})`,
    async ({ store, half }) => {
      await put(store, job("next", { everyMs: 1_000 }), job("last", { everyMs: 1_000 }));
      const [dead, live] = [await open(store, "s1"), await open(store, "s2")];
      const tasks = (await claim(store, { lease: dead, now: at(0) })) as Task[];
      const success = { type: "success", result: Uint8Array.of(1) } as const;
      const writes = tasks.map((out) =>
        ending(out, { outcome: { ...success, ...(out.slug === "next" ? wishes : { lastRun: true }) } }),
      );
      for (const write of writes) await half(write);
      await fence(store, dead);
      if (by === "loss") {
        const orphans = (await store.orphans(undefined, 10)) as Task[];
        const answers = await store.release(orphans.map((out) => losing(out)));
        assert.deepEqual(
          answers.map((answer) => [answer.status, "completed" in answer && answer.completed?.run.state]),
          [
            ["stale", "succeeded"],
            ["stale", "succeeded"],
          ],
        );
      } else if (by === "report") {
        for (const { status } of await store.release(writes)) assert.equal(status, "recorded");
      } else if (by === "hello") {
        assert.deepEqual(await store.adopt(tasks.map(held), live, 1), [undefined, undefined]);
      } else {
        await store.edit(["last"], (one) => deleteJob(one, "", editing(at(1))));
        await store.edit(["next"], (one) => deleteJob(one, "no such etag", editing(at(1))));
        assert.equal((await read(store, "next")).lock?.token, tasks.find(({ slug }) => slug === "next")?.lock.token);
        for (const { status } of await store.release(writes)) assert.equal(status, "recorded");
      }
      const next = await read(store, "next");
      assert.deepEqual(
        [next.payload, next.due, next.lock, next.counts.succeeded],
        [Uint8Array.of(2), at(77), undefined, 1],
      );
      assert.equal(await store.get("last"), undefined);
      assert.deepEqual((await runsOf(store)).map(({ slug, state }) => `${slug} ${state}`).sort(), [
        "last succeeded",
        "next succeeded",
      ]);
      for (const { status } of await store.release(writes)) assert.equal(status, "recorded");
      assert.equal((await runsOf(store)).length, 2);
    },
    "two writes",
  );
}

fencingCases.add(
  undefined,
  "the old library's fault 6, across servers: who finishes first after its server was gone does not end the second run",
  async ({ store, again }) => {
    const other = await again();
    await put(store, job("a"));
    const [first, second] = [await open(store, "s1"), await open(other, "s2")];
    const old = await claimOne(store, { lease: first, now: at(0) });
    await fence(other, first);
    assert.equal((await release(other, losing(old))).status, "recorded");
    const now = (await other.nextRun(["mail"])) ?? at(0);
    const fresh = await claimOne(other, { lease: second, now });
    for (const handle of [store, other]) assert.equal(await finish(handle, old), "stale");
    assert.deepEqual(await read(store, "a"), fresh);
    assert.equal(await finish(store, fresh), "recorded");
    assert.equal(await other.get("a"), undefined);
  },
);

fencingCases.add(
  undefined,
  "the old library's fault 7, across servers: the runner of a slug that was made anew is not the new one's",
  async ({ store, again }) => {
    const other = await again();
    await put(store, job("a", { everyMs: 1_000 }));
    const [first, second] = [await open(store, "s1"), await open(other, "s2")];
    const old = await claimOne(store, { lease: first, now: at(0) });
    await other.edit(["a"], (one) => deleteJob(one, "", editing(at(0))));
    await put(other, job("a", { everyMs: 1_000 }));
    const fresh = await claimOne(other, { lease: second, now: at(0) });
    assert.deepEqual([fresh.rev, fresh.attempt], [old.rev, old.attempt], "they are alike but for what is random");
    for (const handle of [store, other]) {
      assert.equal(await finish(handle, old), "stale");
      assert.deepEqual(await handle.adopt([held(old)], first, 9), [undefined]);
    }
    assert.deepEqual(await read(store, "a"), fresh);
    assert.equal(await finish(store, fresh), "recorded");
  },
);
