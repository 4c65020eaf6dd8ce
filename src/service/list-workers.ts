import type { WorkerStatus } from "../core/worker.js";
import type { Page } from "../store/store.js";
import { fillPage, type PageRequest, SMALL } from "./page.js";
import type { ServiceParts } from "./parts.js";
import { sizeOfWorker } from "./sizes.js";

/** A page of the workers of every server, in the order of their instances; those of this server as they are now, others at most 5 s old. */
export async function listWorkers(parts: ServiceParts, request: PageRequest): Promise<Page<WorkerStatus>> {
  const here = new Map(parts.dispatch.workers().map((worker) => [worker.instance, worker]));
  const page = await fillPage((after, count) => parts.store.listWorkers(after, count), sizeOfWorker, request, SMALL);
  return { ...page, items: page.items.map((worker) => here.get(worker.instance) ?? worker) };
}
