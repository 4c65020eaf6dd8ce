import assert from "node:assert/strict";
import { it } from "node:test";
import type { Client } from "@tickwire/client";
import { type Cluster, GRACE_MS, TTL_MS } from "./cluster.js";
import { untilSettled } from "./settle.js";
import type { EngineName } from "./store.js";
import { withTasksOut } from "./tasks-out.js";
import { until } from "./until.js";

/** The slowest store tells nobody, and is asked once a second. */
const REACH_MS = 1_500;
const SETTLE_MS = TTL_MS + GRACE_MS + 5_000;

/** Resolves to how long after the call's answer the worker was told, in ms; it may have been before. */
async function reach(cluster: Cluster, slug: string, why: string, call: () => Promise<unknown>): Promise<number> {
  const run = cluster.seen("begun").find((begun) => begun.slug === slug)?.run;
  cluster.ledger.write({ type: why === "deleted" ? "delete" : "cancel", slug });
  await call();
  const answeredAt = performance.timeOrigin + performance.now();
  const told = () => cluster.seen("told").find((event) => event.run === run);
  await until(`the worker of ${slug} is told`, 2 * REACH_MS, () => told() !== undefined, 20);
  assert.equal(told()?.why, why);
  return (told()?.wall ?? 0) - answeredAt;
}

async function bothReach(cluster: Cluster, client: Client, from: number, told: (line: string) => void): Promise<void> {
  for (let n = from; n < from + 4; n++) {
    const cancelMs = await reach(cluster, `job-${n}`, "cancelled", () => client.cancelRun(`job-${n}`));
    const deleteMs = await reach(cluster, `job-${n + 4}`, "deleted", () => client.deleteJob(`job-${n + 4}`));
    told(`a cancel took ${Math.round(cancelMs)} ms, a delete ${Math.round(deleteMs)} ms`);
    assert.ok(Math.max(cancelMs, deleteMs) <= REACH_MS, `more than ${REACH_MS} ms`);
  }
}

export function otherServerTests(engine: EngineName): void {
  it("CancelRun and DeleteJob asked of another server reach the worker, also after it has moved", {
    timeout: 150_000,
  }, async (t) => {
    const told = (line: string) => t.diagnostic(line);
    await withTasksOut(t, engine, 25_000, async (cluster) => {
      const second = cluster.clientOf(1);
      await bothReach(cluster, second, 0, told).finally(() => second.close());
      // All go to server 1, and are cancelled through the one that was theirs.
      const before = cluster.seen("connected").length;
      await cluster.kill(cluster.server(0));
      await until("both workers have moved", SETTLE_MS, () => cluster.seen("connected").length === before + 2);
      await cluster.serve(0);
      const first = cluster.clientOf(0);
      await bothReach(cluster, first, 8, told).finally(() => first.close());
      await untilSettled(cluster.client, 25_000 + SETTLE_MS);
    });
  });
}
