import type { StoredJob } from "./job.js";
import type { Policy } from "./policy.js";
import type { Settled } from "./settle.js";

/**
 * What to do with a locked job before its task is sent: run its occurrence as it is; run it after `keep` is written under the
 * token (an occurrence that is pending later takes its place, the others are missed); or `free` it, because the misfire policy
 * finds nothing to run.
 */
export type Start =
  | { readonly type: "run"; readonly keep?: Pick<StoredJob, "occurrence" | "at" | "triggerCount" | "counts"> }
  | { readonly type: "free"; readonly settled: Settled };

/** Decides misfires for an occurrence that was never sent; one that had begun, or whose time was set by hand, is left alone. */
export declare function start(job: StoredJob, policy: Policy, now: Date): Start;
