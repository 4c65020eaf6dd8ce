import assert from "node:assert/strict";
import { join } from "node:path";
import { it } from "node:test";
import { openSqliteStore } from "../../src/store/sqlite/store.js";
import type { Store } from "../../src/store/store.js";
import { Child } from "./child.js";
import { finished, item, onceJob, temporaryFolder } from "./fixtures.js";

const DUE = new Date("2026-01-01T00:00:00Z");
/** Two of kind `few` may run at once. */
const SLUGS = ["a", "b", "few-1", "few-2", "few-3"];

type Ending = { after(done: () => unknown): void };

/** Does `what` in processes that are killed at each statement in turn; `verify` sees the file after each. How many it were. */
async function atEachStatement(t: Ending, what: string, verify: (store: Store) => Promise<string>): Promise<string[]> {
  const folder = temporaryFolder(t);
  const outcomes: string[] = [];
  for (let nth = 1; ; nth++) {
    const file = join(folder, `${nth}.db`);
    const store = await openSqliteStore(file, { thread: false });
    t.after(() => store.close());
    const kindOf = (slug: string) => (slug.startsWith("few") ? "few" : "mail");
    await store.create(SLUGS.map((slug) => item(onceJob(slug, DUE, { kind: kindOf(slug) }))));
    const child = new Child("killed", file, what, String(nth));
    t.after(() => child.kill());
    if ((await child.next()) !== undefined) return outcomes;
    assert.equal(child.process.signalCode ?? ((await child.ended) as unknown[])[1], "SIGKILL");
    assert.deepEqual(
      (await store.leases()).map(({ state }) => state),
      ["fenced"],
    );
    outcomes.push(await verify(store));
    assert.deepEqual(await store.orphans(undefined, 10), [], "a lock is left");
  }
}

/** Settles what a dead server left, as recovery does after the grace. */
async function settle(store: Store): Promise<string[]> {
  const orphans = await store.orphans(undefined, 10);
  const writes = orphans.map((job) => ({ ...finished(job, DUE, "lost", "server"), lease: job.lock?.lease ?? "" }));
  for (const { status } of await store.release(writes)) assert.equal(status, "recorded");
  return orphans.map(({ slug }) => slug);
}

async function slugsOf(store: Store): Promise<string[]> {
  return (await store.list({ filter: {}, limit: 10, payloads: false })).items.map(({ slug }) => slug);
}

async function runsOf(store: Store): Promise<string[]> {
  const { items } = await store.listRuns({ filter: {}, limit: 10, results: false });
  return items.map(({ slug, state }) => `${slug} ${state}`).sort();
}

/** All before the commit is as if nothing had been; the last ones, behind it, as if all had. */
function partedOnce(outcomes: readonly string[]): void {
  assert.ok(outcomes.length > 3, outcomes.join());
  assert.deepEqual(
    outcomes,
    [...outcomes].sort((one, other) => (one === other ? 0 : one === "nothing" ? -1 : 1)),
  );
  assert.deepEqual(new Set(outcomes), new Set(["nothing", "all"]));
}

it("43 a claimer that is killed at any statement: its jobs are due or found, and none is stuck", async (t) => {
  const outcomes = await atEachStatement(t, "lock", async (store) => {
    const found = await settle(store);
    assert.deepEqual(
      await slugsOf(store),
      SLUGS.filter((slug) => !found.includes(slug)),
    );
    assert.deepEqual(
      await runsOf(store),
      found.map((slug) => `${slug} lost`),
    );
    for (const slug of await slugsOf(store)) {
      const job = await store.get(slug);
      assert.deepEqual([job?.due, job?.lock, job?.attempt], [DUE, undefined, 0]);
    }
    if (found.length === 0) return "nothing";
    assert.deepEqual(found, ["a", "b", "few-1", "few-2"]);
    return "all";
  });
  t.diagnostic(`killed at ${outcomes.length} points`);
  partedOnce(outcomes);
});

it("44 one that is killed while it records results: each is recorded with its run, or lost, and once", async (t) => {
  const outcomes = await atEachStatement(t, "release", async (store) => {
    const found = await settle(store);
    assert.deepEqual(await slugsOf(store), ["few-3"]);
    const state = found.length === 0 ? "succeeded" : "lost";
    assert.deepEqual(
      await runsOf(store),
      ["a", "b", "few-1", "few-2"].map((slug) => `${slug} ${state}`),
    );
    return found.length === 0 ? "all" : "nothing";
  });
  t.diagnostic(`killed at ${outcomes.length} points`);
  partedOnce(outcomes);
});

it("one that is killed while it creates jobs: all of the batch are there, or none", async (t) => {
  const outcomes = await atEachStatement(t, "create", async (store) => {
    const made = (await slugsOf(store)).filter((slug) => !SLUGS.includes(slug));
    if (made.length === 0) return "nothing";
    assert.deepEqual(made, ["x", "y"]);
    return "all";
  });
  t.diagnostic(`killed at ${outcomes.length} points`);
  partedOnce(outcomes);
});
