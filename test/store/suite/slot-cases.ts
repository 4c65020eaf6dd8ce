import assert from "node:assert/strict";
import type { StoredJob } from "../../../src/core/job.js";
import type { Store } from "../../../src/store/store.js";
import { at } from "./clock.js";
import { Cases } from "./harness.js";
import { job, put, range } from "./jobs.js";
import { type Claim, claim, ending, failure, finish, losing, open, record, task } from "./tasks.js";

export const slotCases = new Cases();

slotCases.add(20, "max_running: as many locks as it says and no more, each in a slot of its own", async ({ store }) => {
  await put(store, ...range(10).flatMap((n) => [job(`m${n}`), job(`o${n}`, { kind: "other" })]));
  const lease = await open(store);
  const wanted: Claim = { lease, now: at(0), kinds: ["mail", "other"], maxRunning: { mail: 3 } };
  const first = await claim(store, wanted);
  const mails = first.filter(({ kind }) => kind === "mail");
  assert.deepEqual(slotsOf(mails), [1, 2, 3]);
  assert.equal(first.length - mails.length, 10);
  for (const one of first) assert.equal(one.lock?.slot !== undefined, one.kind === "mail");
  assert.deepEqual(await claim(store, wanted), []);

  // Every way in which a lock ends frees its slot.
  const [a, b, c] = mails.map(task);
  assert.ok(a && b && c);
  assert.equal(await finish(store, a), "recorded");
  assert.equal(await finish(store, b, { outcome: failure }), "recorded");
  assert.deepEqual(await store.release([losing(c)]), [{ status: "recorded" }]);
  const second = await claim(store, wanted);
  assert.deepEqual(slotsOf(second), [1, 2, 3]);
  const [d, e, f] = second.map(task);
  assert.ok(d && e && f);
  const free = { slug: d.slug, token: d.lock.token, lease, etag: d.etag, free: { type: "delete" as const } };
  assert.deepEqual(await store.amend([free]), [{ status: "recorded" }]);
  await store.edit([e.slug], () => ({ answer: 0, write: { type: "delete" } }));
  const third = await claim(store, wanted);
  assert.equal(third.length, 2);
  assert.deepEqual(slotsOf([...third, f]), [1, 2, 3]);
  // Adoption keeps it.
  const [adopted] = await store.adopt([{ slug: f.slug, token: f.lock.token }], await open(store), 1);
  assert.equal(adopted?.lock?.slot, f.lock.slot);
  assert.deepEqual(await claim(store, wanted), []);
});

function slotsOf(jobs: readonly StoredJob[]): (number | undefined)[] {
  return jobs.map(({ lock }) => lock?.slot).sort();
}

slotCases.add(20, "room and limit hold below max_running too", async ({ store }) => {
  await put(store, ...range(10).map((n) => job(`m${n}`)));
  const lease = await open(store);
  const wanted: Claim = { lease, now: at(0), maxRunning: { mail: 8 } };
  assert.equal((await claim(store, { ...wanted, room: 2 })).length, 2);
  assert.equal((await claim(store, { ...wanted, limit: 3 })).length, 3);
  assert.equal((await claim(store, wanted)).length, 3);
});

slotCases.add(20, "16 claimers of several servers never go over max_running", async ({ store, again }) => {
  const limit = 5;
  await put(store, ...range(300).map((n) => job(`m${n}`)));
  const handles = [store, await again(), await again(), await again()];
  const held = new Set<string>();
  let done = 0;
  const claimer = async (n: number): Promise<void> => {
    const own = handles[n % handles.length] as Store;
    const lease = await open(own);
    while (done < 300) {
      const taken = await claim(own, { lease, now: at(0), maxRunning: { mail: limit }, room: 1 + (n % 3) });
      for (const { slug } of taken) held.add(slug);
      assert.ok(held.size <= limit, `${held.size} at once`);
      await new Promise(setImmediate);
      // Freed here before the store is asked: what is counted is never more than what is locked.
      for (const { slug } of taken) held.delete(slug);
      const results = await own.release(taken.map((out) => ending(out)));
      for (const { status } of results) assert.equal(status, "recorded");
      done += taken.length;
      await new Promise(setImmediate);
    }
  };
  await Promise.all(range(16).map(claimer));
  assert.equal(done, 300);
});

slotCases.add(20, "16 claimers that only take reach max_running together, and stay there", async ({ store, again }) => {
  await put(store, ...range(100).map((n) => job(`m${n}`)));
  const handles = [store, await again(), await again(), await again()];
  const leases = await Promise.all(handles.map((own) => open(own)));
  const taken: StoredJob[] = [];
  const claimer = async (n: number): Promise<void> => {
    const wanted = { lease: leases[n % 4] as string, now: at(0), room: 2, maxRunning: { mail: 7 } };
    for (const _ of range(4)) taken.push(...(await claim(handles[n % 4] as Store, wanted)));
  };
  await Promise.all(range(16).map(claimer));
  assert.ok(taken.length <= 7);
  // What collided and was left for another round is there now.
  taken.push(...(await claim(store, { lease: leases[0] as string, now: at(0), maxRunning: { mail: 7 } })));
  assert.deepEqual(slotsOf(taken), [1, 2, 3, 4, 5, 6, 7]);
});

slotCases.add(21, "a limit that is lowered while more run gives nothing until fewer do", async ({ store }) => {
  await put(store, ...range(30).map((n) => job(`m${String(n).padStart(2, "0")}`)));
  const lease = await open(store);
  const out = await claim(store, { lease, now: at(0), maxRunning: { mail: 10 } });
  assert.equal(out.length, 10);
  const lowered: Claim = { lease, now: at(0), maxRunning: { mail: 5 } };
  // The lowest numbers end first: those above the limit are still held when there is room again.
  const bySlot = out.map(task).sort((one, other) => (one.lock.slot ?? 0) - (other.lock.slot ?? 0));
  for (const [n, one] of bySlot.slice(0, 8).entries()) {
    assert.equal((await claim(store, lowered)).length, n <= 5 ? 0 : 1, `with ${10 - n} out`);
    await record(store, one);
  }
  assert.equal((await claim(store, lowered)).length, 1);
  const running = (await store.list({ filter: { states: ["running"] }, limit: 100, payloads: false })).items;
  assert.equal(running.length, 5);
  assert.equal(new Set(slotsOf(running)).size, 5);
  // No limit any more: a lock needs no slot.
  assert.equal((await claim(store, { lease, now: at(0), limit: 7 })).length, 7);
});

slotCases.add(
  74,
  "a limit lowered from 10 to 5 while work waits drains to 5 and stays there",
  async ({ store, again }) => {
    await put(store, ...range(200).map((n) => job(`m${n}`)));
    const handles = [store, await again()];
    const leases = [await open(store, "s1"), await open(store, "s2")];
    let out = await claim(store, { lease: leases[0] as string, now: at(0), maxRunning: { mail: 10 } });
    for (let turn = 0; turn < 60; turn++) {
      const before = out.length;
      const [ended, ...rest] = out;
      if (ended) assert.equal(await record(store, ended), "recorded");
      const claims = handles.map((own, n) =>
        claim(own, { lease: leases[n] as string, now: at(0), maxRunning: { mail: 5 } }),
      );
      out = [...rest, ...(await Promise.all(claims)).flat()];
      assert.ok(out.length <= Math.max(5, before - 1), `${before} became ${out.length}`);
      if (turn >= 5) assert.equal(out.length, 5);
    }
  },
);
