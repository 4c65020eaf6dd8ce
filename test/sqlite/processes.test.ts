import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { openSqliteStore } from "../../src/store/sqlite/store.js";
import { ACKNOWLEDGED, runsByToken, verify } from "./acknowledged.js";
import { Child } from "./child.js";
import { item, onceJob, temporaryFolder } from "./fixtures.js";

const DUE = new Date("2026-01-01T00:00:00Z");

describe("SQLite with several processes", () => {
  it("50 kill -9: every acknowledged create, lock and release is there", async (t) => {
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
      said.push(...(await child.rest()).filter((line) => ACKNOWLEDGED.test(line)));
    }
    const store = await openSqliteStore(file);
    t.after(() => store.close());
    await verify(store, said);
  });

  it("18 two processes on one file claim each job exactly once", async (t) => {
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
