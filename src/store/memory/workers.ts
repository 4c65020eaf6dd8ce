import type { WorkerStatus } from "../../core/worker.js";
import { compareBytewise } from "../bytewise.js";
import type { Page } from "../store.js";

/** Connected workers by instance; each goes with its lease. */
export class Workers {
  readonly #byInstance = new Map<string, { readonly lease: string; readonly status: WorkerStatus }>();

  put(lease: string, put: readonly WorkerStatus[], removeInstances: readonly string[]): void {
    for (const instance of removeInstances) {
      // It may have gone to another server, whose entry is not this one's to remove.
      if (this.#byInstance.get(instance)?.lease === lease) this.#byInstance.delete(instance);
    }
    for (const status of put) this.#byInstance.set(status.instance, { lease, status });
  }

  /** Those of a lease that is no longer live. */
  drop(lease: string): void {
    for (const [instance, worker] of this.#byInstance) if (worker.lease === lease) this.#byInstance.delete(instance);
  }

  list(after: string | undefined, limit: number): Page<WorkerStatus> {
    const all = [...this.#byInstance.values()].map(({ status }) => status);
    const rest = after === undefined ? all : all.filter(({ instance }) => compareBytewise(instance, after) > 0);
    const items = rest.sort((one, other) => compareBytewise(one.instance, other.instance)).slice(0, limit);
    const last = items.at(-1);
    return last && rest.length > items.length ? { items, next: last.instance } : { items };
  }
}
