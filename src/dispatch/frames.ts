import type { TickwireError } from "../core/errors.js";
import type { KindInput } from "../core/kind.js";
import type { Outcome } from "../core/outcome.js";
import type { Capacity } from "../core/worker.js";

/**
 * The worker protocol's frames in core's terms. `rpc` turns them to and from the wire; a session never sees a generated type.
 */
export type WorkerFrame =
  | { readonly type: "hello"; readonly hello: Hello }
  | { readonly type: "results"; readonly results: readonly WorkerResult[] }
  | { readonly type: "progress"; readonly reports: readonly ProgressReport[] }
  | { readonly type: "capacity"; readonly capacity: Capacity }
  | { readonly type: "drain" }
  | { readonly type: "ping" };

export interface Hello {
  /** Empty: the server picks one. */
  readonly workerId: string;
  readonly client: string;
  readonly info: Readonly<Record<string, string>>;
  readonly capacity: Capacity;
  /** Kinds that it also registers. */
  readonly define: readonly KindInput[];
  readonly held: readonly HeldTask[];
  readonly protocolRevision: number;
  /** 16 bytes in hex. */
  readonly instance: string;
  readonly stream: number;
}

export interface HeldTask {
  readonly slug: string;
  readonly token: string;
  /** Since it arrived, by the worker's own clock. */
  readonly elapsedMs: number;
  readonly finished: boolean;
}

export interface WorkerResult {
  readonly slug: string;
  readonly token: string;
  /** Or why it can't be accepted: it is recorded as a failure that says so, and its receipt is "rejected". */
  readonly outcome: Outcome | { readonly type: "unacceptable"; readonly reason: string };
}

export interface ProgressReport {
  readonly slug: string;
  readonly token: string;
  readonly fraction?: number;
  readonly note?: string;
  readonly checkpoint?: Uint8Array;
}

export type ServerFrame =
  | { readonly type: "welcome"; readonly welcome: Welcome }
  | { readonly type: "tasks"; readonly tasks: readonly TaskFrame[] }
  | { readonly type: "receipts"; readonly receipts: readonly Receipt[] }
  | { readonly type: "cancellations"; readonly cancellations: readonly Cancellation[] }
  | { readonly type: "drain"; readonly graceMs: number; readonly reconnectDelayMs: number }
  | { readonly type: "ping" };

export interface Welcome {
  readonly workerId: string;
  readonly serverId: string;
  readonly pingIntervalMs: number;
  readonly reconnectGraceMs: number;
  readonly adopted: readonly { readonly slug: string; readonly token: string }[];
  readonly stale: readonly { readonly slug: string; readonly token: string }[];
  /** Of those that hello defines: stored earlier, and different. */
  readonly conflictingKinds: readonly string[];
  readonly protocolRevision: number;
  readonly serverTime: Date;
}

/** One attempt, handed to one worker. */
export interface TaskFrame {
  readonly slug: string;
  readonly jobUid: string;
  readonly kind: string;
  readonly token: string;
  readonly runId: string;
  readonly occurrenceId: string;
  readonly payload: Uint8Array;
  readonly contentType: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly scheduledAt: Date;
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly fence: number;
  readonly timeoutMs: number;
  readonly previousError: string;
  readonly previousCheckpoint: Uint8Array | undefined;
  readonly traceContext: Readonly<Record<string, string>>;
}

export interface Receipt {
  readonly token: string;
  readonly state: "recorded" | "stale" | "rejected";
  /** Why it was rejected; else empty. */
  readonly message: string;
}

export interface Cancellation {
  readonly slug: string;
  readonly token: string;
  readonly reason: "requested" | "timed_out" | "lease_lost" | "job_deleted";
}

/**
 * The server's end of one worker's stream, without gRPC. `send` returns false once the transport is full: no more tasks then,
 * until `drained` is called on the session. `end` closes the stream, with an error or normally; nothing is sent after it.
 */
export interface Link {
  send(frame: ServerFrame): boolean;
  end(error?: TickwireError): void;
}

/** What the transport tells a session. */
export interface LinkEvents {
  frame(frame: WorkerFrame): void;
  /** The transport takes frames again after `send` returned false. */
  drained(): void;
  /** The stream is gone, in whichever way; the last event. */
  closed(): void;
}
