import type { TestContext } from "node:test";
import type { Faults } from "../history/faults.js";
import { showFaults } from "../history/faults.js";
import { interfere, scheduleOver } from "./caller.js";
import { Cluster, GRACE_MS, TTL_MS } from "./cluster.js";
import { mixedJobs } from "./jobs.js";
import { planFaults } from "./plan.js";
import { playFaults, type Target } from "./play.js";
import { between, chosenSeed, randomFrom } from "./random.js";
import { untilSettled } from "./settle.js";
import type { EngineName } from "./store.js";

export interface ChaosOptions {
  readonly engine: EngineName;
  readonly servers: number;
  readonly workers: number;
  readonly jobs: number;
  readonly forMs: number;
}

/** After the last fault: a lease runs out, a grace after it, and what was lost runs again. */
const SETTLE_MS = TTL_MS + GRACE_MS + 5_000;

/** A seeded plan of faults under load; resolves to what the history checker finds once all is quiet. */
export async function chaos(t: TestContext, { engine, servers, workers, jobs, forMs }: ChaosOptions): Promise<Faults> {
  const seed = chosenSeed();
  t.diagnostic(`TICKWIRE_TEST_SEED=${seed}`);
  const random = randomFrom(seed);
  await using cluster = await Cluster.open({ engine, servers, workers });
  const { client, ledger, store } = cluster;
  const work = mixedJobs(random, jobs, Date.now() + forMs);
  const whims = randomFrom(seed + 1_000);
  const asked = setInterval(() => {
    const slug = work[between(whims, 0, work.length - 1)]?.slug ?? "";
    void interfere(client, ledger, whims() < 0.5 ? "cancel" : "delete", slug);
  }, 500);
  try {
    const scheduled = scheduleOver(client, ledger, work, forMs * 0.9);
    const targets = [...numbered("server", servers), ...numbered("worker", workers)];
    const played = targets.map((target, n) => {
      const cuts = target.kind === "server" && store.cut !== undefined;
      const plan = planFaults({ seed: seed + n, ttlMs: TTL_MS, cuts });
      return playFaults(cluster, target, plan, { overMs: forMs, told: (line) => t.diagnostic(line) });
    });
    await Promise.all([scheduled, ...played]);
    clearInterval(asked);
    const tookMs = await untilSettled(client, SETTLE_MS);
    t.diagnostic(`settled ${Math.round(tookMs)} ms after the last fault; at most ${SETTLE_MS}`);
    const faults = await cluster.check();
    const answers = cluster.seen("scheduled").map(({ answer }) => answer);
    for (const answer of ["acknowledged", "unknown"] as const) {
      t.diagnostic(`${answers.filter((one) => one === answer).length} schedule calls were ${answer}`);
    }
    t.diagnostic(`${cluster.seen("begun").length} attempts began; ${showFaults(faults)}`);
    if (Object.values(faults).flat().length > 0) t.diagnostic(`ledgers and logs: ${cluster.keep()}`);
    return faults;
  } catch (error) {
    t.diagnostic(`ledgers and logs: ${cluster.keep()}`);
    throw error;
  } finally {
    clearInterval(asked);
  }
}

function numbered(kind: Target["kind"], count: number): Target[] {
  return Array.from({ length: count }, (_, number) => ({ kind, number }));
}
