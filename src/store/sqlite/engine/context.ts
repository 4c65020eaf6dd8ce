import type { Connection } from "./connection.js";
import type { Host } from "./host.js";
import type { KindIds } from "./kind-ids.js";
import type { SideLocks } from "./side-locks.js";

/** What every operation needs. All are synchronous; those that write run inside a transaction of the engine. */
export interface Context {
  readonly db: Connection;
  readonly kinds: KindIds;
  readonly sides: SideLocks;
  readonly host: Host;
}

/** Rows that one page may look at, so that a filter which matches little can't keep the writers waiting. */
export const LOOK_LIMIT = 10_000;
