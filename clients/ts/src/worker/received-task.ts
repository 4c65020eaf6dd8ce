import type { Task as Wire } from "../gen/tickwire/v1/worker.js";
import { toDate, toMs } from "../wire/time.js";
import type { Task } from "./task.js";

/** A task as it came. Maps and times are made when they are first asked for: most handlers never do. */
export class ReceivedTask implements Task {
  readonly slug: string;
  readonly jobUid: string;
  readonly kind: string;
  readonly runId: string;
  readonly occurrenceId: string;
  readonly payload: Uint8Array;
  readonly contentType: string;
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly fence: number;
  readonly previousError: string;
  readonly #wire: Wire;

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

  get timeoutMs(): number | undefined {
    return toMs(this.#wire.timeout);
  }

  get previousCheckpoint(): Uint8Array | undefined {
    return this.#wire.previousCheckpoint.length === 0 ? undefined : this.#wire.previousCheckpoint;
  }

  get traceContext(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#wire.traceContext);
  }

  text(): string {
    return this.#wire.payload.toString("utf8");
  }

  json<T = unknown>(): T {
    return JSON.parse(this.text()) as T;
  }
}
