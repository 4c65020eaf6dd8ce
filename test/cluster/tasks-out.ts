import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { showFaults } from "../history/faults.js";
import { scheduleOver } from "./caller.js";
import { Cluster } from "./cluster.js";
import type { EngineName } from "./store.js";
import { until } from "./until.js";
import { ONCE, type Work } from "./work.js";

/**
 * A cluster of two servers and two workers, which both began at server 0, and 30 tasks of `ms` that have all begun. When `then`
 * resolves all must be quiet: the history is checked.
 */
export async function withTasksOut(
  t: TestContext,
  engine: EngineName,
  ms: number,
  then: (cluster: Cluster) => Promise<void>,
): Promise<void> {
  await using cluster = await Cluster.open({ engine, servers: 2, serving: 1, workers: 2 });
  try {
    await cluster.serve(1);
    const payload: Work = { ms };
    const jobs = Array.from({ length: TASKS }, (_, n) => ({
      slug: `job-${n}`,
      kind: ONCE,
      payload,
      policy: { retry: { initialBackoffMs: 100 } },
    }));
    await scheduleOver(cluster.client, cluster.ledger, jobs, 0);
    await until("every task has begun", 20_000, () => cluster.seen("begun").length === TASKS);
    await then(cluster);
    const faults = await cluster.check();
    assert.equal(Object.values(faults).flat().length, 0, showFaults(faults));
  } catch (error) {
    t.diagnostic(`ledgers and logs: ${cluster.keep()}`);
    throw error;
  }
}

export const TASKS = 30;

/** How often each job began. */
export function timesBegun(cluster: Cluster): Map<string, number> {
  const times = new Map<string, number>();
  for (const { slug } of cluster.seen("begun")) times.set(slug, (times.get(slug) ?? 0) + 1);
  return times;
}

export async function runStates(cluster: Cluster): Promise<string[]> {
  const states: string[] = [];
  for await (const { state } of cluster.client.listRuns({ pageSize: 1_000 })) states.push(state);
  return states.sort();
}
