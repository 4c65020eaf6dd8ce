/**
 * Why a task's signal was aborted:
 * - `cancelled`: a caller asked for it;
 * - `timed_out`: it outlasted its time limit;
 * - `lease_lost`: the attempt is somebody else's now;
 * - `deleted`: its job is gone;
 * - `stopping`: this worker stops, and its grace is over.
 *
 * A handler that throws after any of them does not fail: after the first two its run ends as cancelled or timed out, else the task is
 * handed back, where it is still this worker's.
 */
export type AbortCause = "cancelled" | "timed_out" | "lease_lost" | "deleted" | "stopping";

const messages: Readonly<Record<AbortCause, string>> = {
  cancelled: "the run was cancelled",
  timed_out: "the run outlasted its time limit",
  lease_lost: "the task is no longer this worker's",
  deleted: "the job was deleted",
  stopping: "the worker stops",
};

/** What `signal.reason` is in a task's handler. Its name is that of every aborted operation, so that it can be told from a failure. */
export class TaskAborted extends Error {
  override readonly name = "AbortError";

  constructor(readonly why: AbortCause) {
    super(messages[why]);
  }
}
