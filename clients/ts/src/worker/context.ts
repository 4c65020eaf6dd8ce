/** What a handler gets besides its task. Its members can be taken apart: `(task, { signal, progress }) => ...`. */
export interface TaskContext {
  /**
   * Aborted on cancel, timeout, loss of the task, deletion of its job, or when the worker stops; `signal.reason` is a TaskAborted that
   * says which.
   */
  readonly signal: AbortSignal;
  /**
   * Says how far the task is, 0 to 1, and a note of at most 200 bytes, cut beyond. Sent at most once a second, the newest wins. Throws
   * RangeError on a number that is none.
   */
  readonly progress: (fraction: number | undefined, note?: string) => void;
  /**
   * Keeps a place to resume from: the next attempt finds it as `task.previousCheckpoint`, if this one does not succeed. Sent at most
   * once a second, the newest wins; a crash may lose what the last second held. Throws RangeError beyond 64 KiB.
   */
  readonly checkpoint: (data: Uint8Array | string) => void;
}
