/**
 * What one process saw, in its own ledger. `at` is the host's monotonic clock in ms, which all processes of one host share: it
 * orders events. `wall` is the host's clock in ms: it compares them with what the store holds.
 */
export type Event = { readonly at: number; readonly wall: number; readonly by: string } & Fact;

export type Fact = CallerFact | WorkerFact | FaultFact;

/** Of a caller. `answer` is "unknown" where the call failed and may have been carried out all the same. */
export type CallerFact =
  | { readonly type: "scheduled"; readonly slug: string; readonly answer: "acknowledged" | "refused" | "unknown" }
  | { readonly type: "cancel" | "delete"; readonly slug: string };

/** Of a worker process; `by` names it, another one after each restart. */
export type WorkerFact =
  | {
      readonly type: "begun";
      readonly slug: string;
      readonly occurrence: string;
      readonly run: string;
      readonly attempt: number;
      readonly fence: number;
      /** The occurrence's time, by the store's clock, in ms. */
      readonly scheduledAt: number;
      readonly timeoutMs?: number | undefined;
    }
  | { readonly type: "ended"; readonly run: string; readonly said: Said }
  /** The handler's signal was aborted. */
  | { readonly type: "told"; readonly run: string; readonly why: string }
  | { readonly type: "receipt"; readonly run: string; readonly state: "recorded" | "stale" | "rejected" }
  | { readonly type: "connected"; readonly server: string }
  | { readonly type: "disconnected" };

export type Said = "success" | "failure" | "snooze" | "release";

/** Of whoever plays the faults; `process` is the `by` of its victim. Written before the deed, but for "resumed". */
export type FaultFact = { readonly type: "killed" | "paused" | "resumed"; readonly process: string };

export type EventOf<T extends Fact["type"]> = Extract<Event, { readonly type: T }>;
