import { setTimeout as wait } from "node:timers/promises";
import { TickwireError } from "../../../core/errors.js";
import { failureOf, storeDown } from "./failure.js";

/** Asks again while another process has the file, for `patienceMs`; then, and for whatever else is wrong, throws STORE_DOWN. */
export async function patiently<T>(file: string, patienceMs: number, turn: () => T): Promise<T> {
  const until = performance.now() + patienceMs;
  for (;;) {
    try {
      return turn();
    } catch (error) {
      if (error instanceof TickwireError) throw error;
      if (failureOf(error) !== "busy" || performance.now() > until) throw storeDown(file, error);
      // Two processes that start at once: the switch to WAL answers busy at once, whatever the busy timeout is.
      await wait(2 + Math.random() * 10);
    }
  }
}
