/** One attempt that ended: the history. */
export interface Run {
  readonly runId: string;
  /** slug@scheduledTime: the same for every attempt of one occurrence. */
  readonly occurrenceId: string;
  readonly slug: string;
  readonly jobUid: string;
  readonly kind: string;
  /** From 1. */
  readonly attempt: number;
  readonly state: RunState | "unknown";
  readonly cause: RunCause | "unknown";
  readonly scheduledTime: Date | undefined;
  readonly dueTime: Date | undefined;
  readonly startTime: Date | undefined;
  readonly endTime: Date | undefined;
  readonly error: string;
  /** At most 64 KiB. Empty in a basic view. */
  readonly result: Uint8Array;
  readonly resultTruncated: boolean;
  readonly workerId: string;
  readonly serverId: string;
}

export type RunState = "succeeded" | "failed" | "timed_out" | "lost" | "cancelled" | "released" | "snoozed";
export type RunCause = "trigger" | "run_job" | "backfill";
