/** One attempt of an occurrence, handed to this worker. */
export interface Task {
  readonly slug: string;
  readonly jobUid: string;
  readonly kind: string;
  readonly runId: string;
  /** The same for every attempt of one occurrence: an idempotency key. */
  readonly occurrenceId: string;
  readonly payload: Uint8Array;
  readonly contentType: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly scheduledTime: Date;
  /** From 1. */
  readonly attempt: number;
  /** 0: no limit. */
  readonly maxAttempts: number;
  /** Grows with every hand-out of this slug: a fencing token for systems that the task writes to. */
  readonly fence: number;
  /** The attempt is cancelled this long after the hand-out; undefined: never. */
  readonly timeoutMs: number | undefined;
  /** Of the attempt before this one, if it did not succeed; else empty. */
  readonly previousError: string;
  /** What the attempt before this one kept with `checkpoint`, if it did not succeed. */
  readonly previousCheckpoint: Uint8Array | undefined;
  /** W3C trace context of the schedule call. */
  readonly traceContext: Readonly<Record<string, string>>;
  /** The payload as UTF-8. */
  text(): string;
  /** The payload as JSON. Throws SyntaxError where it is none. The type is the caller's word. */
  json<T = unknown>(): T;
}
