import { join } from "node:path";
import { peerPackage } from "../peer-package.js";
import { Child } from "../process.js";
import type { Scheduler } from "./scheduler.js";

/** How often it looks for jobs, in ms. README.md says why so often. */
const PROCESS_EVERY_MS = 100;

/** Agenda; or why it can't be had. */
export function agenda(): Scheduler | { readonly skip: string } {
  const peers = peerPackage();
  if ("skip" in peers) return peers;
  const { folder } = peers;
  return {
    name: "Agenda",
    open: async (url) => ({
      caller: (...args) => new Child(join(folder, "agenda-caller.mjs"), [url, ...args]),
      worker: (...args) => new Child(join(folder, "agenda-worker.mjs"), [url, ...args, PROCESS_EVERY_MS]),
      [Symbol.asyncDispose]: async () => {},
    }),
  };
}
