import type { StoredJob, Standing } from "./job.js";
import type { Effect } from "./outcome.js";
import type { Policy } from "./policy.js";
import type { Run } from "./run.js";

/** What a store must write for an attempt that ended. */
export type Settled =
  | { readonly type: "delete" }
  | { readonly type: "put"; readonly standing: Standing; readonly payload?: Uint8Array };

/**
 * The heart: from a locked job and how its attempt ended to what the store must write and the run to record. Pure: the same
 * arguments give the same answer, on any server. `runId` is the public name of the lock's token.
 */
export declare function settle(
  job: StoredJob,
  policy: Policy,
  effect: Effect,
  runId: string,
): { readonly settled: Settled; readonly run: Run };
