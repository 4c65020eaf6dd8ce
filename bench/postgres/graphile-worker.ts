import { join } from "node:path";
import type { Scheduler } from "../mongo/scheduler.js";
import { Child } from "../process.js";

/** How graphile-worker takes jobs and ends them. README.md says more. */
const MODES = ["plain", "local", "batch"] as const;

/** graphile-worker in each of its modes, of the installed peers. */
export function graphileWorker(folder: string): Scheduler[] {
  return MODES.map((mode) => ({
    name: `graphile-worker ${mode}`,
    open: async (url) => ({
      caller: (...args) => new Child(join(folder, "graphile-caller.mjs"), [url, ...args]),
      worker: (...args) => new Child(join(folder, "graphile-worker.mjs"), [url, ...args, mode]),
      [Symbol.asyncDispose]: async () => {},
    }),
  }));
}
