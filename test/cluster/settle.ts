import type { Client } from "@tickwire/client";
import { until } from "./until.js";

const OPEN = ["scheduled", "retrying", "running"] as const;

/** Every job has ended: it is gone, completed or dead. Resolves to how long that took, in ms. */
export async function untilSettled(client: Client, withinMs: number): Promise<number> {
  return await until("every job has ended", withinMs, async () => {
    for await (const _ of client.listJobs({ filter: { states: OPEN }, pageSize: 1 })) return false;
    return true;
  });
}
