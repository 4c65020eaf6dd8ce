import assert from "node:assert/strict";
import type { WorkerStatus } from "../../../src/core/worker.js";
import { at, TestClock } from "./clock.js";
import { fence } from "./fencing-cases.js";
import { Cases } from "./harness.js";
import { job, put, range, read } from "./jobs.js";
import { claim, claimOne, finish, losing, open, record, release, runsOf, slugs, type Task } from "./tasks.js";

export const leaseCases = new Cases();

leaseCases.add(
  37,
  "a fenced lease is never live again, and the next opening has another id",
  async ({ store, clock }) => {
    const first = await open(store, "s1");
    assert.equal(await store.renewLease(first), true);
    await fence(store, first);
    assert.equal(await store.renewLease(first), false);
    await store.closeLease(first);
    assert.equal(await store.renewLease(first), false);
    const second = await open(store, "s1");
    assert.notEqual(second, first);
    clock.turn(1_000_000);
    while (await store.sweep());
    assert.equal(await store.renewLease(first), false);
    assert.equal(await store.renewLease(second), true);
    assert.equal(await store.renewLease("none"), false);
    await store.closeLease(second);
    assert.equal(await store.renewLease(second), false);
  },
);

leaseCases.add(37, "a lease is read back as it was opened, and renewed", async ({ store, clock }) => {
  const id = await store.openLease({ serverId: "ü/1", ttlMs: 30_000, version: "1.2.3" });
  const [opened] = await store.leases();
  assert.ok(opened);
  const { seq } = opened;
  const facts = { id, serverId: "ü/1", ttlMs: 30_000, version: "1.2.3", state: "live", startedAt: at(0) };
  assert.deepEqual(opened, { ...facts, seq, renewedAt: at(0) });
  clock.turn(5);
  await store.renewLease(id);
  assert.deepEqual(await store.leases(), [{ ...facts, seq: seq + 1, renewedAt: at(5) }]);
});

leaseCases.add(38, "a fenced lease claims nothing, and what it had claimed is found and settled", async ({ store }) => {
  await put(store, ...range(5).map((n) => job(`j${n}`)));
  const [dead, left, live] = [await open(store, "s1"), await open(store, "s2"), await open(store, "s3")];
  const [a] = (await claim(store, { lease: dead, now: at(0), limit: 1 })) as Task[];
  const [b] = (await claim(store, { lease: left, now: at(0), limit: 1 })) as Task[];
  const [c] = (await claim(store, { lease: live, now: at(0), limit: 1 })) as Task[];
  assert.ok(a && b && c);
  assert.deepEqual(await store.orphans(undefined, 10), []);
  await fence(store, dead);
  await store.closeLease(left);
  for (const lease of [dead, left, "none"]) assert.deepEqual(await claim(store, { lease, now: at(0) }), []);
  assert.deepEqual(await store.orphans(undefined, 10), [a, b]);
  assert.deepEqual(await store.orphans(undefined, 1), [a]);
  assert.deepEqual(await store.orphans("j0", 10), [b]);
  for (const out of [a, b]) assert.equal((await release(store, losing(out))).status, "recorded");
  assert.deepEqual(await store.orphans(undefined, 10), []);
  assert.deepEqual(
    (await runsOf(store)).map(({ slug, state }) => `${slug} ${state}`),
    ["j1 lost", "j0 lost"],
  );
});

leaseCases.add(38, "a claim at the moment of the fence is either refused or found", async ({ store, again }) => {
  const other = await again();
  for (const n of range(30)) {
    const kind = `k${n}`;
    await put(store, job(`j${n}`, { kind, everyMs: 1_000 }));
    const lease = await open(store);
    const [taken] = await Promise.all([claim(store, { lease, now: at(0), kinds: [kind] }), fence(other, lease)]);
    const orphans = await store.orphans(undefined, 10);
    assert.deepEqual(orphans, taken);
    for (const out of orphans as Task[]) assert.equal((await release(store, losing(out))).status, "recorded");
  }
});

leaseCases.add(39, "a lock that names no lease at all is found and settled", async ({ store }) => {
  await put(store, job("a"));
  const lease = await open(store);
  const out = await claimOne(store, { lease, now: at(0) });
  const [lockedElsewhere] = (await store.adopt([{ slug: "a", token: out.lock.token }], "nobody", 1)) as Task[];
  assert.ok(lockedElsewhere);
  assert.deepEqual(slugs(await store.orphans(undefined, 10)), ["a"]);
  assert.equal((await release(store, losing(lockedElsewhere))).status, "recorded");
  assert.deepEqual(await store.orphans(undefined, 10), []);
});

leaseCases.add(40, "opening and closing leaves nothing behind", async ({ store, clock }) => {
  const live = await open(store, "s0");
  await put(store, job("a"));
  const holder = await open(store, "s1");
  const out = await claimOne(store, { lease: holder, now: at(0) });
  for (const n of range(20)) {
    const lease = await open(store, `s${n}`);
    await store.putWorkers(lease, [worker(`w${n}`)], []);
    if (n % 2) await fence(store, lease);
    else await store.closeLease(lease);
    await store.closeLease(lease);
  }
  await store.closeLease(holder);
  assert.deepEqual((await store.listWorkers(undefined, 100)).items, []);
  // Whoever still has one in mind learns for a while what became of it.
  clock.turn(30);
  while (await store.sweep());
  assert.equal((await store.leases()).length, 22);
  clock.turn(40);
  while (await store.sweep());
  // One is live, the other is named by a lock.
  assert.deepEqual((await store.leases()).map(({ id }) => id).sort(), [live, holder].sort());
  assert.equal(await finish(store, out), "recorded");
  while (await store.sweep());
  assert.deepEqual(
    (await store.leases()).map(({ id }) => id),
    [live],
  );
});

leaseCases.add(41, "100 leases: each renewal counts its own alone", async ({ store }) => {
  const leases = await Promise.all(range(100).map((n) => open(store, `s${n % 7}`)));
  assert.equal(new Set(leases).size, 100);
  const first = new Map((await store.leases()).map(({ id, seq }) => [id, seq]));
  await Promise.all(leases.flatMap((id, n) => range(n % 5).map(() => store.renewLease(id))));
  for (const { id, seq, state } of await store.leases()) {
    assert.deepEqual([state, seq], ["live", (first.get(id) ?? 0) + (leases.indexOf(id) % 5)]);
  }
  await fence(store, leases[50] as string);
  const live = (await store.leases()).filter(({ state }) => state === "live");
  assert.equal(live.length, 99);
});

leaseCases.add(42, "a clock that jumps ends no lease, and makes nothing due", async ({ store, clock, again }) => {
  const ahead = new TestClock();
  ahead.turn(3_600);
  const other = await again(ahead);
  await put(store, job("a", { everyMs: 1_000 }), job("later", { dueAt: at(60) }));
  const lease = await open(store);
  const out = await claimOne(store, { lease, now: at(0) });
  await store.putWorkers(lease, [worker("w")], []);
  for (const seconds of [3_600, -600, -3_600, 600]) {
    clock.turn(seconds);
    for (const handle of [store, other]) {
      while (await handle.sweep());
      assert.equal((await handle.leases()).find(({ id }) => id === lease)?.state, "live");
      assert.equal(await handle.renewLease(lease), true);
      assert.deepEqual(await handle.orphans(undefined, 10), []);
      assert.equal((await handle.listWorkers(undefined, 10)).items.length, 1);
      // What is due is asked with the caller's own idea of the store's time.
      assert.deepEqual(await claim(handle, { lease, now: at(59) }), []);
    }
  }
  assert.equal(await record(other, out), "recorded");
  assert.ok((await read(store, "a")).due);
});

leaseCases.add(61, "the one that fenced is gone too: somebody else settles, once", async ({ store, again }) => {
  const other = await again();
  await put(store, ...range(10).map((n) => job(`j${n}`, { everyMs: 1_000 })));
  const [dead, fencer] = [await open(store, "s1"), await open(store, "s2")];
  await claim(store, { lease: dead, now: at(0) });
  await fence(store, dead);
  await fence(store, fencer);
  // Two that both found them settle at once.
  const found = (await Promise.all([store.orphans(undefined, 100), other.orphans(undefined, 100)])) as Task[][];
  const results = await Promise.all(
    found.map((tasks, n) => (n ? other : store).release(tasks.map((out) => losing(out)))),
  );
  for (const n of range(10)) {
    assert.deepEqual(results.map((own) => own[n]?.status).sort(), ["recorded", "stale"]);
    assert.equal((await read(store, `j${n}`)).counts.lost, 1);
  }
  assert.equal((await runsOf(store)).length, 10);
});

leaseCases.add(
  62,
  "an id of a lease is never used again, also after a restart under the same server's name",
  async ({ store, restart }) => {
    const ids = new Set([await open(store, "s1")]);
    for (const _ of range(5)) {
      const opened = await restart();
      // A store that knows them dead has fenced them when it is asked.
      await opened.leases();
      for (const id of ids) if (await opened.renewLease(id)) await fence(opened, id);
      const id = await open(opened, "s1");
      assert.ok(!ids.has(id));
      ids.add(id);
      assert.deepEqual(
        (await opened.leases()).filter(({ state }) => state === "live").map((one) => one.id),
        [id],
      );
    }
  },
  "durable",
);

/** A worker as it says hello. */
export function worker(instance: string, changes: Partial<WorkerStatus> = {}): WorkerStatus {
  return {
    instance,
    workerId: `host/${instance}`,
    serverId: "s1",
    client: "test/1",
    info: { pid: "1" },
    capacity: { maxTasks: 5, kinds: new Map([["mail", undefined]]) },
    running: 0,
    draining: false,
    connectedAt: at(0),
    lastSeenAt: at(0),
    ...changes,
  };
}
