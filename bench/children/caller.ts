import { Client } from "@tickwire/client";
import { say } from "../process.js";

/**
 * Stores `total` jobs in batches of 500. `perSecond` 0: due at once; else spread so that so many are due each second, from
 * `afterMs` on.
 */
const [address = "", totalText = "", perSecondText = "", afterMs = ""] = process.argv.slice(2);
const total = Number(totalText);
const perSecond = Number(perSecondText);
const client = new Client({ address });
const payload = new Uint8Array(16);
const beganAt = Date.now();
const from = beganAt + Number(afterMs);
const startedAt = performance.now();
const batches: number[] = [];
for (let first = 0; first < total; first += 500) batches.push(first);
await Promise.all(Array.from({ length: 4 }, lane));
say({ beganAt, ms: performance.now() - startedAt });
client.close();

async function lane(): Promise<void> {
  for (let first = batches.shift(); first !== undefined; first = batches.shift()) {
    const start = first;
    const jobs = Array.from({ length: Math.min(500, total - start) }, (_, n) => ({
      slug: `bench-${start + n}`,
      kind: "bench",
      payload,
      ...(perSecond > 0 && { trigger: { once: { time: new Date(from + ((start + n) * 1_000) / perSecond) } } }),
    }));
    for (const { error } of await client.scheduleJobs(jobs)) if (error) throw error;
  }
}
