import assert from "node:assert/strict";
import type { Store } from "../../../src/store/store.js";
import { at } from "./clock.js";
import type { Ask } from "./deeds.js";
import { Cases, type World } from "./harness.js";
import { job, put, range, read } from "./jobs.js";
import { withNeighbour } from "./neighbour.js";
import { claim, claimOne, open, record, runsOf, slugs, task } from "./tasks.js";

/** The races of two, each of them in a process of its own. */
export const processCases = new Cases();

const ROUNDS = 10;

interface Race {
  readonly store: Store;
  readonly lease: string;
  /** The other process. */
  readonly ask: Ask;
}

function race(number: number, title: string, round: (race: Race, n: number) => Promise<void>): void {
  const body = async ({ store, url }: World): Promise<void> => {
    const lease = await open(store);
    await withNeighbour(url, async (ask) => {
      for (const n of range(ROUNDS)) await round({ store, lease, ask }, n);
    });
  };
  processCases.add(number, title, body, "processes");
}

race(22, "create against lock, in two processes: it is due or it is locked, once", async ({ store, lease, ask }, n) => {
  const made = job(`j${n}`, { kind: `k${n}` });
  const wanted = { lease, now: at(0), kinds: [made.kind] };
  const [created, theirs, ours] = await Promise.all([ask("create", made), ask("claim", wanted), claim(store, wanted)]);
  assert.deepEqual(created, [{ status: "created" }]);
  assert.deepEqual(slugs([...theirs, ...ours, ...(await claim(store, wanted))]), [made.slug]);
});

race(
  23,
  "delete against lock, in two processes: one wins, and a deleted job's task is never recorded",
  async ({ store, lease, ask }, n) => {
    const slug = `j${n}`;
    await put(store, job(slug, { everyMs: 1_000 }));
    const [taken] = await Promise.all([claim(store, { lease, now: at(0) }), ask("delete", slug)]);
    assert.equal(await store.get(slug), undefined);
    for (const out of taken) assert.equal(await ask("record", task(out)), "stale");
    const states = (await runsOf(store, slug)).map(({ state }) => state);
    assert.deepEqual(
      states,
      taken.map(() => "cancelled"),
    );
  },
);

race(24, "pause against lock and resume against release, in two processes", async ({ store, lease, ask }, n) => {
  const [slug, kind] = [`j${n}`, `k${n}`];
  await put(store, job(slug, { kind, everyMs: 1_000 }));
  const wanted = { lease, now: at(0), kinds: [kind] };
  const [taken] = await Promise.all([claim(store, wanted), ask("pause", slug)]);
  const ends = taken.map((out) => record(store, out));
  const [, ...statuses] = await Promise.all([ask("resume", slug), ...ends]);
  for (const status of statuses) assert.equal(status, "recorded");
  const after = await read(store, slug);
  assert.deepEqual([after.lock, after.pause, after.due], [undefined, undefined, at(taken.length)]);
});

race(25, "an update against a release, in two processes: neither write is lost", async ({ store, lease, ask }, n) => {
  const [slug, kind] = [`j${n}`, `k${n}`];
  await put(store, job(slug, { kind, everyMs: 1_000 }));
  const out = await claimOne(store, { lease, now: at(0), kinds: [kind] });
  const [status] = await Promise.all([record(store, out), ask("label", slug, String(n))]);
  const { counts, labels, lock } = await read(store, slug);
  assert.deepEqual([status, counts.succeeded, labels, lock], ["recorded", 1, { value: String(n) }, undefined]);
});

race(26, "creates of one slug at once, in two processes: one has created it", async ({ store, ask }, n) => {
  const slug = `j${n}`;
  const creates = range(20).map((m) =>
    m % 2 ? ask("create", job(slug)) : store.create([{ job: job(slug), retry: false }]),
  );
  const statuses = (await Promise.all(creates)).flat().map(({ status }) => status);
  assert.equal(statuses.filter((status) => status === "created").length, 1);
  assert.equal(statuses.filter((status) => status === "exists").length, 19);
});
