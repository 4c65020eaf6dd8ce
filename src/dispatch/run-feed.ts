import type { Log } from "../core/log.js";
import type { Run } from "../core/run.js";
import type { RunFeed } from "./parts.js";

/** Hands runs to whoever listens, in the turn that recorded them. */
export function createRunFeed(log: Log): RunFeed {
  const listeners = new Set<(runs: readonly Run[]) => void>();
  return {
    publish(runs) {
      for (const listener of listeners) {
        try {
          listener(runs);
        } catch (error) {
          log.error({ err: error }, "a listener of ended runs failed");
        }
      }
    },
    subscribe(listener) {
      const own = (runs: readonly Run[]) => listener(runs);
      listeners.add(own);
      return () => listeners.delete(own);
    },
  };
}
