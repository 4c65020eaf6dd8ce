import assert from "node:assert/strict";
import { it, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { showFaults } from "../history/faults.js";
import { scheduleOver } from "./caller.js";
import { Cluster, GRACE_MS, TTL_MS } from "./cluster.js";
import { untilSettled } from "./settle.js";
import { until } from "./until.js";
import { ONCE, type Work } from "./work.js";

/** Time for what waits for a lease and a grace, and for a little work behind it. */
const SETTLE_MS = TTL_MS + GRACE_MS + 5_000;

interface Setting {
  readonly cluster: Cluster;
  readonly slugs: readonly string[];
}

/** `count` tasks of `ms` that are all out, spread over two workers of server 0 and one of server 1. */
async function withTasksOut(t: TestContext, count: number, ms: number, work: (setting: Setting) => Promise<void>) {
  await using cluster = await Cluster.open({ servers: 2, workers: 0 });
  // They begin at server 0, and may go on to the other one.
  const [first = "", second = ""] = cluster.addresses;
  await cluster.work(0, [first]);
  await cluster.work(1, [first]);
  await cluster.work(2, [second]);
  const slugs = Array.from({ length: count }, (_, n) => `job-${n}`);
  const payload: Work = { ms };
  const policy = { retry: { initialBackoffMs: 100 } };
  await scheduleOver(
    cluster.client,
    cluster.ledger,
    slugs.map((slug) => ({ slug, kind: ONCE, payload, policy })),
    0,
  );
  await until("every task has begun", 20_000, () => cluster.begun().length === count);
  try {
    await work({ cluster, slugs });
    const faults = await cluster.check();
    assert.equal(Object.values(faults).flat().length, 0, showFaults(faults));
  } catch (error) {
    t.diagnostic(`ledgers and logs: ${cluster.keep()}`);
    throw error;
  }
}
