import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import type { Store } from "../../src/store/store.js";
import { at } from "./suite/clock.js";
import { job, policy, put, range } from "./suite/jobs.js";
import { claim, ending, open } from "./suite/tasks.js";

/** How long the sizes are watched: SOAK_MINUTES, 5 where nothing is said, 30 before a release. */
const { SOAK_MINUTES = "5" } = process.env;
const SOAK_MS = 60_000 * Number(SOAK_MINUTES);
export const MIB = 1_048_576;

/** The store's time is so much faster that what is kept for ten minutes goes after ten seconds. */
const SPEED = 60;
const STEP = 100;
/** Kept no longer than a result's proof is. */
const SHORT = policy({ runRetentionMs: 0 });

/** Jobs that come and go, and jobs that stay: one turn of each, with what a server writes besides. */
async function turn(store: Store, lease: string, n: number, now: Date): Promise<void> {
  await put(store, ...range(STEP / 2).map((m) => job(`once-${n}-${m}`, { dueAt: now, payload: new Uint8Array(200) })));
  const taken = await claim(store, { lease, now, kinds: ["mail", "stays"], room: STEP / 2 });
  assert.equal(taken.length, STEP);
  const results = await store.release(taken.map((out) => ending(out, { endedAt: now, policy: SHORT })));
  for (const { status } of results) assert.equal(status, "recorded");
  if (n % 20 !== 0) return;
  await store.renewLease(lease);
  const passing = await store.openLease({ serverId: "passing", ttlMs: 1_000, version: "test" });
  await store.closeLease(passing);
  while (await store.sweep()) await new Promise(setImmediate);
}

/** Bytes, by the names of what takes them. */
export type Sizes = ReadonlyMap<string, number>;

/** A store at half of what it can do: what it keeps stays as large as it is. Resolves to the last sizes. */
export async function halfLoad(
  t: TestContext,
  opened: (clock: () => Date) => Promise<Store>,
  sizes: () => Sizes | Promise<Sizes>,
): Promise<Sizes> {
  const startedAt = performance.now();
  const now = () => new Date(at(0).getTime() + (performance.now() - startedAt) * SPEED);
  const store = await opened(now);
  try {
    const lease = await open(store);
    await put(store, ...range(2_000).map((n) => job(`stays-${n}`, { kind: "stays", everyMs: 1_000 })));
    let turns = 0;
    // All that it can do, for a moment: a turn may then take twice as long.
    const fullFrom = performance.now();
    while (performance.now() - fullFrom < 3_000) await turn(store, lease, ++turns, now());
    const turnMs = (2 * (performance.now() - fullFrom)) / turns;

    const samples: Sizes[] = [];
    const from = performance.now();
    for (let passed = 0; passed < SOAK_MS; passed = performance.now() - from) {
      if (samples.length <= (passed / SOAK_MS) * 60) samples.push(await sizes());
      const dueAt = performance.now() + turnMs;
      await turn(store, lease, ++turns, now());
      await wait(Math.max(0, dueAt - performance.now()));
    }
    t.diagnostic(`${turns} turns of ${STEP} tasks, ${Math.round(turnMs)} ms each`);
    const third = Math.floor(samples.length / 3);
    for (const name of samples.at(-1)?.keys() ?? []) {
      const most = (of: typeof samples) => Math.max(...of.map((sizes) => sizes.get(name) ?? 0));
      const [before, after] = [most(samples.slice(third, 2 * third)), most(samples.slice(2 * third))];
      t.diagnostic(`${name}: ${(before / MIB).toFixed(2)} MiB, then ${(after / MIB).toFixed(2)} MiB`);
      assert.ok(after <= before * 1.1 + MIB / 4, `${name} grew from ${before} to ${after} bytes`);
    }
    return samples.at(-1) ?? new Map();
  } finally {
    await store.close();
  }
}
