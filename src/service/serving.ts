import type { WorkerStatus } from "../core/worker.js";
import type { ServiceParts } from "./parts.js";

/** Workers that say they serve the kind, on every server: those of this one as they are now, others at most 5 s old. */
export async function workersOf(parts: ServiceParts, kind: string): Promise<WorkerStatus[]> {
  const { serverId } = parts.dispatch;
  const found = parts.dispatch.workers().filter((worker) => serves(worker, kind));
  let after: string | undefined;
  do {
    const page = await parts.store.listWorkers(after, 1_000);
    found.push(...page.items.filter((worker) => worker.serverId !== serverId && serves(worker, kind)));
    after = page.next;
  } while (after !== undefined);
  return found;
}

/** A worker here serves the kind, or one of any server. */
export async function isServed(parts: ServiceParts, kind: string): Promise<boolean> {
  if (parts.dispatch.workers().some((worker) => serves(worker, kind))) return true;
  return (await workersOf(parts, kind)).length > 0;
}

function serves(worker: WorkerStatus, kind: string): boolean {
  return worker.capacity.kinds.has(kind) && !worker.draining;
}
