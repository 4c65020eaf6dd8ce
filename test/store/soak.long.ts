import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { openStore } from "../../src/store/open.js";
import { Connection } from "../../src/store/sqlite/engine/connection.js";
import type { Store } from "../../src/store/store.js";
import { at } from "./suite/clock.js";
import { crowd } from "./suite/crowd.js";
import { Cases, type Harness, storeSuite } from "./suite/harness.js";
import { job, policy, put, range } from "./suite/jobs.js";
import { claim, ending, listed, open } from "./suite/tasks.js";

/** What only shows after minutes. SOAK_MINUTES: how long the sizes are watched; 5 where nothing is said, 30 before a release. */
const { SOAK_MINUTES = "5" } = process.env;
const SOAK_MS = 60_000 * Number(SOAK_MINUTES);
const CROSSING_MS = 60_000;
const MIB = 1_048_576;

const cases = new Cases();
cases.add(27, "releases cross with claims for a minute: no deadlock, no error, nothing lost", async (world) => {
  await put(world.store, ...range(60).map((n) => job(`j${n}`)));
  let released = 0;
  for (const from = performance.now(); performance.now() - from < CROSSING_MS; ) {
    const answers = await crowd(
      world,
      "churn",
      range(3).map(() => ({ clients: 4, turns: 150 })),
    );
    released += answers.reduce((sum, one) => sum + one, 0);
  }
  const jobs = await listed(world.store);
  assert.equal(jobs.length, 60);
  for (const one of jobs) assert.deepEqual([one.lock, one.due, one.attempt], [undefined, one.at, 0]);
  assert.equal(
    jobs.reduce((sum, one) => sum + one.counts.snoozed, 0),
    released,
  );
});

const gone = "a memory store's data is gone with its one handle";
const memory: Harness = {
  name: "the memory store, for minutes",
  lacks: { shared: gone, processes: gone, durable: gone },
  make: async () => {
    const { openMemoryStore } = await import("../../src/store/memory/store.js");
    return { open: async (clock) => openMemoryStore({ clock }), remove: async () => {} };
  },
};
const sqlite: Harness = {
  name: "the SQLite store, for minutes",
  lacks: {},
  make: async () => {
    const folder = await mkdtemp(join(tmpdir(), "tickwire-soak-"));
    const url = `sqlite:${join(folder, "store.db")}`;
    return {
      url,
      open: async (clock) => await openStore(url, { clock }),
      remove: async () => await rm(folder, { recursive: true, force: true }),
    };
  },
};
for (const harness of [memory, sqlite]) storeSuite(harness, cases.all);

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

/** Bytes of every table and index, of the file, and of its log. */
function sizesOf(file: string): Map<string, number> {
  const db = new Connection(file, 1_000);
  const sizes = new Map(
    db.all("SELECT name, sum(pgsize) FROM dbstat GROUP BY name").map(([name, bytes]) => [String(name), Number(bytes)]),
  );
  db.close();
  sizes.set("the file", statSync(file).size);
  sizes.set("the log", statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0);
  return sizes;
}

it("59 SQLite at half load: tables, indexes, the file and its log stay as large as they are", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "tickwire-soak-"));
  const file = join(folder, "store.db");
  const startedAt = performance.now();
  const now = () => new Date(at(0).getTime() + (performance.now() - startedAt) * SPEED);
  const store = await openStore(`sqlite:${file}`, { clock: now });
  try {
    const lease = await open(store);
    await put(store, ...range(2_000).map((n) => job(`stays-${n}`, { kind: "stays", everyMs: 1_000 })));
    let turns = 0;
    // All that it can do, for a moment: a turn may then take twice as long.
    const fullFrom = performance.now();
    while (performance.now() - fullFrom < 3_000) await turn(store, lease, ++turns, now());
    const turnMs = (2 * (performance.now() - fullFrom)) / turns;

    const samples: ReadonlyMap<string, number>[] = [];
    const from = performance.now();
    for (let passed = 0; passed < SOAK_MS; passed = performance.now() - from) {
      if (samples.length <= (passed / SOAK_MS) * 60) samples.push(sizesOf(file));
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
    assert.ok((samples.at(-1)?.get("the log") ?? 0) <= 64 * MIB);
  } finally {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
});
