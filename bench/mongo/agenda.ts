import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "../../test/repo/tree.js";
import { Child } from "../process.js";
import type { Scheduler } from "./scheduler.js";

/** How often it looks for jobs, in ms. README.md says why so often. */
const PROCESS_EVERY_MS = 100;

/** Agenda, installed where it is not yet; or why it can't be had. In CI it throws then. */
export function agenda(): Scheduler | { readonly skip: string } {
  const { stdout } = spawnSync(process.execPath, [join(root, "scripts/run.mjs"), "peers"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  const peers = JSON.parse(stdout) as { folder: string } | { skip: string };
  if ("skip" in peers) {
    const { CI } = process.env;
    if (CI === "true") throw new Error(peers.skip);
    return peers;
  }
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
