import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { openStore } from "../../src/store/open.js";
import { Connection } from "../../src/store/sqlite/engine/connection.js";
import { halfLoad, MIB, type Sizes } from "./half-load.js";
import { crowd } from "./suite/crowd.js";
import { Cases, type Harness, storeSuite } from "./suite/harness.js";
import { job, put, range } from "./suite/jobs.js";
import { listed } from "./suite/tasks.js";

/** What only shows after minutes. */
const CROSSING_MS = 60_000;

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

/** Bytes of every table and index, of the file, and of its log. */
function sizesOf(file: string): Sizes {
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
  try {
    const last = await halfLoad(
      t,
      (clock) => openStore(`sqlite:${file}`, { clock }),
      () => sizesOf(file),
    );
    assert.ok((last.get("the log") ?? 0) <= 64 * MIB);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
