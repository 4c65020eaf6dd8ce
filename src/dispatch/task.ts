import type { StoredJob } from "../core/job.js";
import type { Deadline } from "./deadlines.js";
import type { Cancellation, WorkerResult } from "./frames.js";
import type { Session } from "./session.js";

/**
 * How far a task has come, in this server's memory:
 *
 *   queued ──written──> out ──result──> answered ──receipt──> (gone)
 *     │                  │ ^                 ^
 *     │                  v └─store is down   │ a result that comes before the decision is sent
 *     └──────────────> decided ──────────────┘ ──stored──> (gone)
 *
 * queued: claimed, its `write` not called yet; out: a worker has it, or may have; answered: a worker's result waits for the
 * store; decided: this server ends it, and that waits for the store.
 */
export type Stage = "queued" | "out" | "answered" | "decided";

/** One attempt whose lock names a lease of this server. */
export class Task {
  stage: Stage = "queued";
  /** The worker stream that has it; absent while its worker is away. */
  session: Session | undefined;
  /** The worker process that was sent it, or adopted it. */
  instance: string | undefined;
  /** Why it goes back unrun: its worker certainly never began it. Stays so until the store has taken that. */
  unrun: string | undefined;
  /** It was named in a hello, or its worker reported progress: it certainly runs. */
  began = false;
  /** The cancellation that its worker was sent. */
  told: Cancellation["reason"] | undefined;
  /** The one thing it waits for: its timeout, the answer to a cancellation, or its worker's return. */
  deadline: Deadline | undefined;
  /** A result that came while this server's own decision was on its way to the store. */
  late: { readonly session: Session; readonly result: WorkerResult } | undefined;

  constructor(
    /** As last read, with its lock; the payload is left out once it was sent. */
    public job: StoredJob,
    public readonly token: string,
    public readonly runId: string,
    /** As far as this server knows, the one in the lock. */
    public lease: string,
    public timeoutMs: number,
    public readonly maxAttempts: number,
  ) {}

  get slug(): string {
    return this.job.slug;
  }

  get kind(): string {
    return this.job.kind;
  }
}
