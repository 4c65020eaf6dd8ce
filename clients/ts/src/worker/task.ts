import type { Task as Wire } from "../gen/tickwire/v1/worker.js";
import { toDate, toMs } from "../wire/time.js";

/** One attempt of an occurrence, handed to this worker. */
export class Task {
  readonly slug: string;
  readonly jobUid: string;
  readonly kind: string;
  readonly runId: string;
  /** The same for every attempt of one occurrence: an idempotency key. */
  readonly occurrenceId: string;
  readonly payload: Uint8Array;
  readonly contentType: string;
  /** From 1. */
  readonly attempt: number;
  /** 0: no limit. */
  readonly maxAttempts: number;
  /** Grows with every hand-out of this slug: a fencing token for systems that the task writes to. */
  readonly fence: number;
  /** Of the attempt before this one, if it did not succeed. */
  readonly previousError: string;
  readonly #wire: Wire;

  /** @internal */
  constructor(wire: Wire) {
    this.slug = wire.slug;
    this.jobUid = wire.jobUid;
    this.kind = wire.kind;
    this.runId = wire.runId;
    this.occurrenceId = wire.occurrenceId;
    this.payload = wire.payload;
    this.contentType = wire.contentType;
    this.attempt = wire.attempt;
    this.maxAttempts = wire.maxAttempts;
    this.fence = Number(wire.fence);
    this.previousError = wire.previousError;
    this.#wire = wire;
  }

  get labels(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#wire.labels);
  }

  get scheduledTime(): Date {
    return toDate(this.#wire.scheduledTime) ?? new Date(0);
  }

  /** The attempt is cancelled this long after the hand-out; undefined: never. */
  get timeoutMs(): number | undefined {
    return toMs(this.#wire.timeout);
  }

  /** What the attempt before this one kept with `checkpoint`, if it did not succeed. */
  get previousCheckpoint(): Uint8Array | undefined {
    return this.#wire.previousCheckpoint.length === 0 ? undefined : this.#wire.previousCheckpoint;
  }

  /** W3C trace context of the schedule call. */
  get traceContext(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#wire.traceContext);
  }

  /** The payload as UTF-8. */
  text(): string {
    return this.#wire.payload.toString("utf8");
  }

  /** The payload as JSON. Throws SyntaxError where it is none. The type is the caller's word. */
  json<T = unknown>(): T {
    return JSON.parse(this.text()) as T;
  }
}
