import { Client } from "@tickwire/client";
import { say } from "../process.js";

/** Stores jobs one call at a time, for far later, and says the median call's time in ms. */
const [address = "", calls = ""] = process.argv.slice(2);
const client = new Client({ address });
const times: number[] = [];
for (let n = 0; n < Number(calls) + 50; n++) {
  const from = performance.now();
  await client.scheduleJob({ slug: `single-${n}`, kind: "later", delayMs: 86_400_000 });
  // The first calls warm the path up.
  if (n >= 50) times.push(performance.now() - from);
}
times.sort((a, b) => a - b);
say({ p50: times[Math.floor(times.length / 2)] ?? 0 });
client.close();
