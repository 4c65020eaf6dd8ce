import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "./cluster.js";
import type { PlannedFault } from "./plan.js";

export interface Target {
  readonly kind: "server" | "worker";
  readonly number: number;
}

/** Plays a plan on one process, and begins nothing that would last beyond `overMs`; the process runs again when it resolves. */
export async function playFaults(
  cluster: Cluster,
  target: Target,
  plan: Iterable<PlannedFault>,
  { overMs, told }: { readonly overMs: number; readonly told: (line: string) => void },
): Promise<void> {
  const began = performance.now();
  const spentMs = () => performance.now() - began;
  for (const fault of plan) {
    if (spentMs() + fault.afterMs + fault.forMs > overMs) return;
    await sleep(fault.afterMs);
    const atMs = Math.round(spentMs());
    await play(cluster, target, fault);
    told(`${atMs} to ${Math.round(spentMs())} ms: ${fault.deed} ${target.kind} ${target.number}`);
  }
}

async function play(cluster: Cluster, { kind, number }: Target, { deed, forMs }: PlannedFault): Promise<void> {
  const child = kind === "server" ? cluster.server(number) : cluster.worker(number);
  switch (deed) {
    case "pause":
      cluster.pause(child);
      await sleep(forMs);
      cluster.resume(child);
      return;
    case "cut": {
      const heal = cluster.store.cut?.(number);
      await sleep(forMs);
      heal?.();
      return;
    }
    case "kill":
      await cluster.kill(child);
      break;
    case "stop":
      await child.end("SIGTERM");
      break;
  }
  await sleep(forMs);
  if (kind === "server") await cluster.serve(number);
  else await cluster.work(number);
}
