import type { OutcomeSource } from "./job.js";

/** How an attempt ended. The first five are a worker's words, the others a server's. */
export type Outcome =
  | {
      readonly type: "success";
      /** Cut at 64 KiB when it is recorded. */
      readonly result: Uint8Array;
      /** Replaces the job's payload, unless a caller changed that since the hand-out. */
      readonly payload?: Uint8Array;
      /** The next occurrence, in place of the trigger's; a past time is now. */
      readonly nextTime?: Date;
      /** No further run. */
      readonly lastRun?: boolean;
    }
  | {
      readonly type: "failure";
      /** Cut at 8 KiB when it is recorded. */
      readonly error: string;
      readonly permanent?: boolean;
      /** Instead of the retry policy's wait. */
      readonly retryAfterMs?: number;
    }
  | { readonly type: "released" }
  | { readonly type: "snoozed"; readonly delayMs: number }
  /** Stopped because of a cancellation. Where none was asked for, it counts as a failure. */
  | { readonly type: "cancelled" }
  | { readonly type: "timed_out"; readonly error: string }
  | { readonly type: "lost"; readonly error: string }
  /** Never written to a stream: uncounted, due again at its old time. */
  | { readonly type: "handed_back"; readonly error: string };

/** An outcome with everything that settling it needs besides the job and its policy: the same effect settles to the same write. */
export interface Effect {
  readonly outcome: Outcome;
  readonly by: OutcomeSource;
  /** By the store's clock. */
  readonly endedAt: Date;
  /** Drawn from [0, 1): spreads the backoff. */
  readonly unit: number;
  readonly workerId: string;
  readonly serverId: string;
}
