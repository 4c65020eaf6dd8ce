import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TickwireError } from "../../src/core/errors.js";
import { CLUSTERS } from "./cluster.js";
import { Watcher } from "./watcher.js";

for (const { name, open } of CLUSTERS) {
  test(`runs of another server come with the next look, those of this one at once (${name})`, async () => {
    await using cluster = await (await open()).start();
    const watcher = new Watcher();
    await watcher.connect(cluster.server(0));
    const own = await cluster.end(0);
    await cluster.pass(0);
    assert.deepEqual(watcher.slugs, [own]);
    const other = await cluster.end(1);
    await cluster.pass(0);
    assert.deepEqual(watcher.slugs, [own]);
    await cluster.pass(500);
    assert.deepEqual(watcher.slugs, [own, other]);
    for (let n = 0; n < 40; n++) await cluster.pass(500);
    assert.deepEqual(watcher.slugs, [own, other], "neither comes again");
    await watcher.disconnect();
  });

  test(`a run whose server heard no answer of the store is found in the history (${name})`, async () => {
    await using cluster = await (await open()).start();
    const watcher = new Watcher();
    await watcher.connect(cluster.server(0));
    const slug = await cluster.end(0, false);
    await cluster.pass(500);
    assert.deepEqual(watcher.slugs, [slug]);
    await watcher.disconnect();
  });

  test(`a watcher whose server dies goes on at another, and misses nothing (${name})`, async () => {
    await using cluster = await (await open()).start();
    const watcher = new Watcher();
    await watcher.connect(cluster.server(0));
    const ended = [await cluster.end(0), await cluster.end(1)];
    await cluster.pass(500);
    await watcher.disconnect();
    for (let n = 0; n < 20; n++) ended.push(await cluster.end(n % 2));
    await cluster.replace(0);
    for (let n = 0; n < 20; n++) ended.push(await cluster.end(n % 2));
    await watcher.connect(cluster.server(1));
    for (let n = 0; n < 30; n++) await cluster.pass(500);
    assert.deepEqual([...new Set(watcher.slugs)].sort(), ended.sort());
    assert.deepEqual([watcher.gaps, watcher.twice], [[], []]);
    await watcher.disconnect();
  });

  test(`whoever connects again at random places, to any server, sees every run, and none twice over one connection (${name})`, async () => {
    const server = fc.nat({ max: 1 });
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ do: fc.constant("end" as const), server, told: fc.nat({ max: 9 }) }) },
      {
        weight: 4,
        arbitrary: fc.record({ do: fc.constant("pass" as const), ms: fc.constantFrom(0, 1, 499, 600, 3_000, 20_000) }),
      },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("connect" as const), server }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("disconnect" as const) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("die" as const), server }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
        await using cluster = await (await open()).start(2, 40);
        const watcher = new Watcher();
        let at = 0;
        await watcher.connect(cluster.server(0));
        const ended: (string | undefined)[] = [];
        for (const one of steps) {
          if (one.do === "end") ended.push(await cluster.end(one.server, one.told > 0));
          if (one.do === "pass") await cluster.pass(one.ms);
          if (one.do === "disconnect" || (one.do === "die" && one.server === at)) await watcher.disconnect();
          if (one.do === "die") await cluster.replace(one.server);
          if (one.do === "connect") {
            at = one.server;
            await watcher.connect(cluster.server(at));
          }
        }
        await watcher.connect(cluster.server(at));
        for (let n = 0; n < 30; n++) await cluster.pass(600);
        await watcher.disconnect();
        const seen = new Set(watcher.slugs);
        const missed = ended.filter((slug) => slug !== undefined && !seen.has(slug));
        assert.deepEqual([missed, watcher.gaps, watcher.twice], [[], [], []]);
      }),
      { numRuns: name === "SQLite" ? 20 : 60 },
    );
  });

  test(`a cursor of another store, or of the same one in another life, is refused by its name (${name})`, async () => {
    await using one = await (await open()).start();
    await using other = await (await open()).start();
    const watcher = new Watcher();
    await watcher.connect(one.server(0));
    await assert.rejects(watcher.connect(other.server(0)), (error) => {
      assert.ok(error instanceof TickwireError);
      assert.equal(error.reason, "BAD_FIELD");
      assert.deepEqual(error.cause, undefined);
      return error.facts["field"] === "cursor";
    });
  });
}
