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
  readonly notice?: CancelNotice;
}

/** Left in the store for the server that holds a task's lease. */
export interface CancelNotice {
  readonly token: string;
  readonly lease: string;
  readonly slug: string;
  readonly reason: "requested" | "job_deleted";
}
