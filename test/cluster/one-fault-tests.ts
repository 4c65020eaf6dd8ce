import assert from "node:assert/strict";
import { it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Cluster, GRACE_MS, TTL_MS } from "./cluster.js";
import { untilSettled } from "./settle.js";
import type { EngineName } from "./store.js";
import { runStates, TASKS, timesBegun, withTasksOut } from "./tasks-out.js";
import { until } from "./until.js";
import { ONCE } from "./work.js";

/** For what waits for a lease and a grace, and for a little work behind it. */
const SETTLE_MS = TTL_MS + GRACE_MS + 5_000;
const TIMEOUT = { timeout: 150_000 };

async function oneRunEach(cluster: Cluster): Promise<void> {
  const begun = timesBegun(cluster);
  assert.deepEqual(
    [...begun.values()],
    Array.from({ length: TASKS }, () => 1),
    "a task began twice",
  );
  assert.deepEqual(
    await runStates(cluster),
    Array.from({ length: TASKS }, () => "succeeded"),
  );
}

export function oneFaultTests(engine: EngineName): void {
  it("a server is killed -9 while its workers live: nothing runs again", TIMEOUT, async (t) => {
    await withTasksOut(t, engine, 4_000, async (cluster) => {
      await cluster.kill(cluster.server(0));
      await untilSettled(cluster.client, SETTLE_MS);
      await oneRunEach(cluster);
    });
  });

  it("a worker is killed -9: only what it held runs again", TIMEOUT, async (t) => {
    await withTasksOut(t, engine, 4_000, async (cluster) => {
      const killed = cluster.worker(0);
      await cluster.kill(killed);
      const held = new Set(cluster.seen("begun").flatMap(({ by, slug }) => (by === killed.name ? [slug] : [])));
      assert.ok(held.size > 0, "it held nothing");
      await untilSettled(cluster.client, 4_000 + SETTLE_MS);
      for (const [slug, times] of timesBegun(cluster)) assert.equal(times, held.has(slug) ? 2 : 1, slug);
      t.diagnostic(`${held.size} of ${TASKS} ran again`);
    });
  });

  it("a server is paused for two leases, and goes on: its old tokens change nothing", TIMEOUT, async (t) => {
    await withTasksOut(t, engine, 8_000, async (cluster) => {
      const paused = cluster.server(0);
      cluster.pause(paused);
      await sleep(2 * TTL_MS);
      cluster.resume(paused);
      await untilSettled(cluster.client, SETTLE_MS);
      await oneRunEach(cluster);
      // It is a server like any other again.
      const client = cluster.clientOf(0);
      try {
        await client.scheduleJob({ slug: "after", kind: ONCE, payload: { ms: 0 } }, { timeoutMs: SETTLE_MS });
        await until("a job that it took has run", SETTLE_MS, () => timesBegun(cluster).has("after"));
        await untilSettled(cluster.client, SETTLE_MS);
      } finally {
        client.close();
      }
    });
  });

  it(
    "a worker is paused beyond the grace, and goes on while others run its tasks: its results change nothing",
    TIMEOUT,
    async (t) => {
      const ms = 6_000;
      await withTasksOut(t, engine, ms, async (cluster) => {
        const paused = cluster.worker(0);
        const held = new Set(cluster.seen("begun").flatMap(({ by, slug }) => (by === paused.name ? [slug] : [])));
        assert.ok(held.size > 0, "it held nothing");
        cluster.pause(paused);
        // Its handlers end the moment it goes on; the second attempts still run then.
        await until("all that it held has begun again", SETTLE_MS, () => {
          const begun = timesBegun(cluster);
          return [...held].every((slug) => begun.get(slug) === 2);
        });
        cluster.resume(paused);
        await until("it has said success", SETTLE_MS, () => {
          return (
            cluster.seen("ended").filter(({ by, said }) => by === paused.name && said === "success").length ===
            held.size
          );
        });
        await untilSettled(cluster.client, ms + SETTLE_MS);
        const states = await runStates(cluster);
        assert.equal(states.filter((state) => state === "lost").length, held.size);
        assert.equal(states.filter((state) => state === "succeeded").length, TASKS);
      });
    },
  );

  it("a server is stopped cleanly with tasks out: its workers carry them along, one run each", TIMEOUT, async (t) => {
    // Longer than it waits for them.
    await withTasksOut(t, engine, GRACE_MS + 5_000, async (cluster) => {
      await cluster.server(0).end("SIGTERM");
      await untilSettled(cluster.client, SETTLE_MS);
      await oneRunEach(cluster);
    });
  });
}
