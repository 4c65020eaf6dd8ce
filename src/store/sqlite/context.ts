import type { Connection } from "./connection.js";
import type { KindIds } from "./kind-ids.js";

/** What every statement needs. The functions over it are synchronous; those that write run inside a transaction of the queue. */
export interface Context {
  readonly db: Connection;
  readonly kinds: KindIds;
  readonly clock: () => Date;
}

/** Rows that one page may look at, so that a filter which matches little can't hold the event loop. */
export const LOOK_LIMIT = 10_000;
