import { serves, type WorkerStatus } from "../core/worker.js";
import type { ServiceParts } from "./parts.js";

/** Workers of every server: those of this one as they are now, others at most 5 s old. */
export async function allWorkers({ dispatch, store }: ServiceParts): Promise<WorkerStatus[]> {
  const { serverId } = dispatch;
  const found = [...dispatch.workers()];
  let after: string | undefined;
  do {
    const page = await store.listWorkers(after, 1_000);
    found.push(...page.items.filter((worker) => worker.serverId !== serverId));
    after = page.next;
  } while (after !== undefined);
  return found;
}

/** Those that say they serve the kind. */
export async function workersOf(parts: ServiceParts, kind: string): Promise<WorkerStatus[]> {
  return (await allWorkers(parts)).filter((worker) => serves(worker, kind));
}

/** A worker here serves the kind, or one of any server. */
export async function isServed(parts: ServiceParts, kind: string): Promise<boolean> {
  if (parts.dispatch.workers().some((worker) => serves(worker, kind))) return true;
  return (await workersOf(parts, kind)).length > 0;
}
