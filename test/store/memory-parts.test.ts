import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { cancelRun } from "../../src/core/edits.js";
import type { StoredJob } from "../../src/core/job.js";
import { DueQueue, type Row } from "../../src/store/memory/due-queue.js";
import { Heap } from "../../src/store/memory/heap.js";
import { SlugOrder } from "../../src/store/memory/slug-order.js";
import { openMemoryStore } from "../../src/store/memory/store.js";
import { at } from "./suite/clock.js";
import { editing, job, put, range } from "./suite/jobs.js";
import { claimOne, open } from "./suite/tasks.js";

it("a heap gives what was pushed in order, also after some were dropped", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50)), fc.nat(5), (numbers, divisor) => {
      const heap = new Heap<number>((one, other) => one < other);
      for (const number of numbers) heap.push(number);
      const keep = (number: number) => divisor < 2 || number % divisor !== 0;
      heap.retain(keep);
      const kept = numbers.filter(keep).sort((one, other) => one - other);
      assert.equal(heap.size, kept.length);
      for (const number of kept) assert.equal(heap.pop(), number);
      assert.equal(heap.pop(), undefined);
    }),
  );
});

it("the order of slugs is that of a sorted set, over thousands that come and go", () => {
  const slug = fc.nat(3_000).map((n) => `j${n}`);
  fc.assert(
    fc.property(fc.array(fc.record({ slug, times: fc.nat(900), look: fc.boolean() }), { maxLength: 30 }), (steps) => {
      const present = new Set<string>();
      const order = new SlugOrder((one) => present.has(one));
      for (const step of steps) {
        for (const n of range(step.times)) {
          const one = `j${(Number(step.slug.slice(1)) + n) % 3_000}`;
          if (present.delete(one)) order.removed(one);
          else {
            present.add(one);
            order.add(one);
          }
        }
        if (step.look) assert.deepEqual(order.all(), [...present].sort());
      }
      assert.deepEqual(order.all(), [...present].sort());
    }),
    { numRuns: 50 },
  );
});

it("a queue gives each job once, as it is now, however often it was replaced", () => {
  const table = new Map<string, Row>();
  const queue = new DueQueue();
  const write = (one: StoredJob): void => {
    const row = table.get(one.slug) ?? { job: undefined };
    const old = row.job;
    row.job = one;
    table.set(one.slug, row);
    if (one.due) queue.add(row, one, one.due);
    if (old) queue.left();
  };
  for (const round of range(20)) for (const n of range(50)) write(job(`j${n}`, { dueAt: at(100 - round + (n % 7)) }));
  const removed = range(10).map((n) => `j${n * 5}`);
  for (const slug of removed) {
    (table.get(slug) as Row).job = undefined;
    table.delete(slug);
    queue.left();
  }
  const expected = [...table.values()].map(({ job: one }) => `${one?.at?.toISOString()} ${one?.slug}`).sort();
  const taken: string[] = [];
  for (let next = queue.take(at(200).getTime()); next; next = queue.take(at(200).getTime())) {
    assert.equal(next.row, table.get(next.job.slug));
    assert.equal(next.row.job, next.job);
    taken.push(`${next.job.due?.toISOString()} ${next.job.slug}`);
    table.delete(next.job.slug);
  }
  assert.deepEqual(taken, expected);
  assert.equal(queue.soonestMs(), undefined);
});

it("a cancellation that is asked again leaves its notice again, where the first one is not there", async () => {
  const store = openMemoryStore({ clock: () => at(0) });
  await put(store, job("a"));
  const lease = await open(store);
  const { lock } = await claimOne(store, { lease, now: at(0) });
  const cancel = () => store.edit(["a"], (one) => cancelRun(one, "", editing(at(1))));
  const notices = await cancel().then(() => store.cancels(lease));
  assert.deepEqual(
    notices.map(({ token, reason }) => [token, reason]),
    [[lock.token, "requested"]],
  );
  const { rev } = (await store.get("a")) as StoredJob;
  await store.dropCancels([lock.token]);
  await cancel();
  assert.deepEqual(await store.cancels(lease), notices);
  assert.equal((await store.get("a"))?.rev, rev, "nothing else is written");
});
