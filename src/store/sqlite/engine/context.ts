import type { Connection } from "./connection.js";
import type { KindIds } from "./kind-ids.js";

/** What every operation needs. All are synchronous; those that write run inside a transaction of the engine. */
export interface Context {
  readonly db: Connection;
  readonly kinds: KindIds;
}

/** Rows that one page may look at, so that a filter which matches little can't keep the writers waiting. */
export const LOOK_LIMIT = 10_000;
