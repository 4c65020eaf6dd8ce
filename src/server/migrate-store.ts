import { TickwireError } from "../core/errors.js";
import type { Log } from "../core/log.js";
import { openStore } from "../store/open.js";
import { StartError } from "./start-error.js";

/** Brings what a store keeps its data in to this version: opening it does. Rejects with StartError where it can't be. */
export async function migrateStore(
  url: string,
  log: Log,
  options: { readonly allowStandalone: boolean },
): Promise<void> {
  try {
    const store = await openStore(url, { log, ...options });
    await store.close();
  } catch (error) {
    if (!(error instanceof TickwireError) || error.reason === "INTERNAL") throw error;
    throw new StartError(error.message, { cause: error });
  }
}
