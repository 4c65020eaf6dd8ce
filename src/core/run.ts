import type { OutcomeSource, RunCause, RunState } from "./job.js";
import type { Effect } from "./outcome.js";

/** One attempt that ended: the history. */
export interface Run {
  /** Names the attempt in the store; never shown. */
  readonly token: string;
  /** Names the attempt to people: the first 16 bytes of SHA-256(token), in hex. */
  readonly runId: string;
  readonly slug: string;
  readonly jobUid: string;
  readonly kind: string;
  readonly occurrence: Date;
  readonly cause: RunCause;
  /** From 1; a released or snoozed attempt's number is used again. */
  readonly attempt: number;
  readonly state: RunState;
  readonly by: OutcomeSource;
  readonly dueAt: Date;
  readonly startedAt: Date;
  readonly endedAt: Date;
  /** At most 8 KiB; empty where there is none. */
  readonly error: string;
  readonly result: Uint8Array;
  readonly resultTruncated: boolean;
  readonly workerId: string;
  readonly serverId: string;
  /** The call that created the job: answers a retry of it once the job is gone. */
  readonly createId?: string;
  /** Kept only as proof of its outcome: lists leave it out. */
  readonly hidden: boolean;
  /** When the store may remove it. */
  readonly expireAt: Date;
  /** For stores that write the run before the job: what its outcome does to the job, whole. */
  readonly effect: Effect;
}
