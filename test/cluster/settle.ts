import type { Client } from "@tickwire/client";
import { until } from "./until.js";

const OPEN = ["scheduled", "retrying", "running"] as const;

/** What is due later than this, in ms, is no work of this test. */
const SOON_MS = 600_000;

/** Every job has ended or rests: nothing runs, and nothing is due soon. Resolves to how long that took, in ms. */
export async function untilSettled(client: Client, withinMs: number): Promise<number> {
  return await until("nothing runs, and nothing is due soon", withinMs, async () => {
    const filter = { states: OPEN, dueBefore: new Date(Date.now() + SOON_MS) };
    for await (const _ of client.listJobs({ filter, pageSize: 1 })) return false;
    return true;
  });
}
