import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { openSqliteStore } from "../../src/store/sqlite/store.js";
import type { Store } from "../../src/store/store.js";
import { Child } from "./child.js";
import { finished, item, onceJob, request, temporaryFolder } from "./fixtures.js";

const DUE = new Date("2026-01-01T00:00:00Z");

describe("SQLite with several processes", () => {
  it("kill -9: every acknowledged create, lock and release is there", async (t) => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    t.diagnostic(`seed ${seed}`);
    const random = mulberry(seed);
    const file = join(temporaryFolder(t), "store.db");
    const said: string[] = [];
    for (let round = 0; round < 5; round++) {
      const child = new Child("writer", file, `round${round}`);
      t.after(() => child.kill());
      const lines = 100 + Math.floor(random() * 1_500);
      for (let n = 0; n < lines; n++) said.push((await child.next()) ?? assert.fail("the child ended by itself"));
      child.process.kill("SIGKILL");
      // What was in the pipe was acknowledged too.
      said.push(...(await child.rest()).filter((line) => /^(created \S+|\w+ \S+ [0-9a-f]{32})$/.test(line)));
    }
    const store = await openSqliteStore(file);
    t.after(() => store.close());
    await verify(store, said);
  });

  it("kill -9 between a claim and its commit: the job is due as before, and nobody has it", async (t) => {
    const { store, said } = await afterDeathAtCommit(t, "claim");
    assert.deepEqual(said, []);
    const job = await store.get("a");
    assert.deepEqual([job?.lock, job?.due, job?.attempt], [undefined, DUE, 0]);
    assert.deepEqual(await store.orphans(undefined, 10), []);
    assert.equal((await store.lock(request(await openLease(store), DUE, 1)))[0]?.slug, "a");
  });

  it("kill -9 between an outcome and its commit: nothing of it is there, and told again all of it is", async (t) => {
    const { store, said } = await afterDeathAtCommit(t, "release");
    const [{ token }] = said as [{ token: string }];
    const job = await store.get("a");
    assert.ok(job);
    assert.equal(job.lock?.token, token, "the lock is still the worker's");
    assert.equal((await runsByToken(store)).size, 0, "a run without its job's write");
    // The worker kept its result, and brings it to the next server.
    assert.deepEqual(await store.release([finished(job, DUE)]), [{ status: "recorded" }]);
    assert.equal(await store.get("a"), undefined);
    assert.deepEqual([...(await runsByToken(store))], [[token, "a"]]);
  });

  it("two processes on one file claim each job exactly once", async (t) => {
    const file = join(temporaryFolder(t), "store.db");
    const store = await openSqliteStore(file);
    t.after(() => store.close());
    const slugs = Array.from({ length: 3_000 }, (_, n) => `job-${n}`);
    await store.create(slugs.map((slug) => item(onceJob(slug, DUE))));
    const children = [new Child("claimer", file), new Child("claimer", file)];
    for (const child of children) {
      t.after(() => child.kill());
      assert.equal(await child.next(), "ready");
    }
    for (const child of children) child.process.stdin?.write("go\n");
    const said = await Promise.all(children.map((child) => child.rest()));
    for (const lines of said) {
      assert.equal(lines.pop(), "done");
      assert.ok(lines.length > 0, "one of the two had nothing");
    }
    assert.deepEqual(said.flat().sort(), slugs.map((slug) => `recorded ${slug}`).sort());
    assert.equal((await runsByToken(store)).size, slugs.length);
  });
});

/** The store after a process was killed in the commit of this step; and what that process said before. */
async function afterDeathAtCommit(
  t: TestContext,
  step: "claim" | "release",
): Promise<{ store: Store; said: readonly unknown[] }> {
  const file = join(temporaryFolder(t), "store.db");
  const store = await openSqliteStore(file);
  t.after(() => store.close());
  await store.create([item(onceJob("a", DUE))]);
  const child = fork(fileURLToPath(new URL("./children/killed-at-commit.js", import.meta.url)), [file, step]);
  const said: unknown[] = [];
  child.on("message", (fact) => said.push(fact));
  const [, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  assert.equal(signal, "SIGKILL");
  return { store, said };
}

function openLease(store: Store): Promise<string> {
  return store.openLease({ serverId: "next", ttlMs: 30_000, version: "" });
}

async function verify(store: Store, said: readonly string[]): Promise<void> {
  const created = new Set<string>();
  const locked = new Map<string, string>();
  const released = new Map<string, string>();
  for (const line of said) {
    const [what, slug = "", token = ""] = line.split(" ");
    if (what === "created") created.add(slug);
    if (what === "locked") locked.set(slug, token);
    if (what === "released") released.set(slug, token);
  }
  assert.ok(released.size > 0);
  const runs = await runsByToken(store);
  for (const slug of new Set([...created, ...locked.keys()])) {
    const job = await store.get(slug);
    const lock = locked.get(slug);
    const ended = released.get(slug);
    if (ended !== undefined) {
      assert.equal(job, undefined, `${slug} was released for good`);
      assert.equal(runs.get(ended), slug, `${slug} has no run`);
    } else if (lock !== undefined) {
      // Its release may have been committed and not yet acknowledged.
      if (job) assert.equal(job.lock?.token, lock, `${slug} lost its lock`);
      else assert.equal(runs.get(lock), slug, `${slug} is lost`);
    } else {
      assert.ok(job, `${slug} is lost`);
      assert.deepEqual(Buffer.from(job.payload).toString(), slug);
    }
  }
}

async function runsByToken(store: Store): Promise<Map<string, string>> {
  const runs = new Map<string, string>();
  let after: string | undefined;
  do {
    const page = await store.listRuns({
      filter: {},
      limit: 1_000,
      results: false,
      ...(after !== undefined && { after }),
    });
    for (const { token, slug } of page.items) {
      assert.ok(!runs.has(token), `two runs of one attempt of ${slug}`);
      runs.set(token, slug);
    }
    after = page.next;
  } while (after !== undefined);
  return runs;
}

/** A small generator, so that a failing seed can be run again. */
function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
