import type { StoredJob } from "./job.js";
import type { Run } from "./run.js";

/**
 * What a caller's write does. `run` records the attempt that it ended (the written job then has no lock); `notice` tells the
 * server whose lease is in the job that was read.
 */
export interface Edit<A> {
  readonly answer: A;
  /** Absent: nothing is written. `rev` and `updatedAt` are the store's to set: the job carries those it was read with. */
  readonly write?: { readonly type: "put"; readonly job: StoredJob } | { readonly type: "delete" };
  readonly run?: Run;
  /**
   * Also without a write: the same edit was made before, and where a store writes the job first and the notice after it, the
   * process that made it may have ended in between. A store in which both are one commit need not leave it again.
   */
  readonly notice?: CancelNotice;
}

/** Left in the store for the server that holds a task's lease. A token has one: left again, it takes the place of the first. */
export interface CancelNotice {
  readonly token: string;
  readonly lease: string;
  readonly slug: string;
  readonly reason: "requested" | "job_deleted";
}
