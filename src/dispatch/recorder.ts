import type { StoredJob } from "../core/job.js";
import type { Log } from "../core/log.js";
import type { Effect } from "../core/outcome.js";
import type { Run } from "../core/run.js";
import { settle } from "../core/settle.js";
import type { ReleaseResult, ReleaseWrite, Store } from "../store/store.js";
import type { Clock } from "./clock.js";
import type { Kinds, RunFeed } from "./parts.js";

const GATHER_MS = 2;
export const MAX_BATCH = 500;
/** Batches on their way at once: a second one hides the round trip of the first; more only queue in the database. */
const MAX_IN_FLIGHT = 4;
const BACKOFF_FIRST_MS = 50;
const BACKOFF_MOST_MS = 2_000;

/** An attempt's end on its way to the store. */
export interface Ending {
  /** With its lock. Replaced by a newer one where a caller has written meanwhile. */
  job: StoredJob;
  readonly token: string;
  readonly runId: string;
  readonly effect: Effect;
  /** A server's decision holds only while the lock has this lease. */
  readonly lease?: string;
  readonly bytes: number;
  /** What became of it. Called in the turn that learned it, after the run was published. */
  ended(state: "recorded" | "stale" | "moved"): void;
  /**
   * Present where a server decided: the store can't be reached or does not say, so the owner decides anew. A worker's result,
   * without it, is tried until the store takes it.
   */
  failed?(): void;
}

export interface RecorderParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly kinds: Kinds;
  readonly feed: RunFeed;
  readonly random: () => number;
  /** The earliest due times that were written, by kind; a kind without one has only freed its slots. */
  readonly wrote: (dues: ReadonlyMap<string, Date | undefined>) => void;
}

/** Gathers endings and releases them in batches. */
export class Recorder {
  readonly #queue = new Set<Ending>();
  #inFlight = 0;
  #scheduled = false;
  #disarm: (() => void) | undefined;
  #pausedUntil = 0;
  #backoffMs = 0;
  #bytes = 0;
  #stopped = false;
  /** Were in a batch that the store refused, though it is there: each goes alone now, so that a bad one harms no other. */
  readonly #suspects = new WeakSet<Ending>();
  readonly #idle = new Set<() => void>();

  constructor(private readonly parts: RecorderParts) {}

  /** Memory that waits for the store. */
  get bytes(): number {
    return this.#bytes;
  }

  get busy(): boolean {
    return this.#queue.size > 0 || this.#inFlight > 0;
  }

  submit(ending: Ending): void {
    if (this.#stopped) return;
    this.#queue.add(ending);
    this.#bytes += ending.bytes;
    this.#schedule();
  }

  /** Takes an ending back that was not sent yet. False: it is on its way, and will say what became of it. */
  withdraw(ending: Ending): boolean {
    if (!this.#queue.delete(ending)) return false;
    this.#bytes -= ending.bytes;
    return true;
  }

  /** Resolves once nothing waits. */
  idle(): Promise<void> {
    if (!this.busy) return Promise.resolve();
    return new Promise((resolve) => this.#idle.add(resolve));
  }

  stop(): void {
    this.#stopped = true;
    this.#disarm?.();
    this.#queue.clear();
    this.#bytes = 0;
    this.#rest();
  }

  /** A lone ending leaves with the turn that brought it; while others are on their way, up to 2 ms are spent on company. */
  #schedule(): void {
    if (this.#scheduled || this.#queue.size === 0) return;
    const pauseMs = this.#pausedUntil - this.parts.clock.mono();
    if (pauseMs > 0) {
      this.#after(pauseMs);
      return;
    }
    if (this.#queue.size >= MAX_BATCH && this.#inFlight < MAX_IN_FLIGHT) {
      this.#flush();
      return;
    }
    if (this.#inFlight > 0) {
      this.#after(GATHER_MS);
      return;
    }
    this.#scheduled = true;
    this.#disarm?.();
    this.#disarm = undefined;
    this.parts.clock.soon(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #after(ms: number): void {
    if (this.#disarm || this.#inFlight >= MAX_IN_FLIGHT) return;
    this.#disarm = this.parts.clock.after(ms, () => {
      this.#disarm = undefined;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#stopped) return;
    while (this.#queue.size > 0 && this.#inFlight < MAX_IN_FLIGHT) {
      if (this.#pausedUntil > this.parts.clock.mono()) {
        this.#schedule();
        return;
      }
      const batch = this.#take();
      this.#inFlight++;
      this.#release(batch).catch((error) => this.parts.log.error({ err: error }, "recording results failed"));
    }
  }

  #take(): Ending[] {
    const batch: Ending[] = [];
    for (const ending of this.#queue) {
      const alone = this.#suspects.has(ending);
      if (alone && batch.length > 0) break;
      this.#queue.delete(ending);
      batch.push(ending);
      if (alone || batch.length >= MAX_BATCH) break;
    }
    return batch;
  }

  async #release(batch: readonly Ending[]): Promise<void> {
    const settled: Ending[] = [];
    const writes: ReleaseWrite[] = [];
    for (const ending of batch) {
      const write = this.#settle(ending);
      if (!write) continue;
      settled.push(ending);
      writes.push(write);
    }
    let results: readonly ReleaseResult[] | undefined;
    try {
      if (writes.length > 0) results = await this.parts.store.release(writes);
      this.#backoffMs = 0;
    } catch (error) {
      this.#inFlight--;
      this.#retry(settled, error);
      return;
    }
    this.#inFlight--;
    if (this.#stopped) return;
    if (results) this.#deliver(settled, writes, results);
    this.#schedule();
    this.#rest();
  }

  #settle(ending: Ending): ReleaseWrite | undefined {
    const { job, token, effect, lease } = ending;
    try {
      const { settled, run } = settle(job, this.parts.kinds.policyOf(job), effect, ending.runId);
      return { slug: job.slug, token, etag: job.etag, settled, run, ...(lease !== undefined && { lease }) };
    } catch (error) {
      this.#later(ending, error);
      return undefined;
    }
  }

  #deliver(batch: readonly Ending[], writes: readonly ReleaseWrite[], results: readonly ReleaseResult[]): void {
    const runs: Run[] = [];
    const dues = new Map<string, Date | undefined>();
    const ended: [Ending, "recorded" | "stale" | "moved"][] = [];
    for (let i = 0; i < batch.length; i++) {
      const ending = batch[i] as Ending;
      const write = writes[i] as ReleaseWrite;
      const result = results[i];
      if (result?.status === "changed" && result.job.lock?.token === ending.token) {
        ending.job = result.job;
        this.#queue.add(ending);
        continue;
      }
      const state = !result || result.status === "changed" ? "stale" : result.status;
      this.#bytes -= ending.bytes;
      ended.push([ending, state]);
      const completed = result && "completed" in result ? result.completed : undefined;
      if (state !== "recorded" && !completed) continue;
      const { run, settled } = completed ?? write;
      runs.push(run);
      const due = settled.type === "put" ? settled.standing.due : undefined;
      const before = dues.get(ending.job.kind);
      dues.set(ending.job.kind, due && (!before || due < before) ? due : before);
    }
    if (runs.length > 0) {
      this.parts.feed.publish(runs);
      this.parts.wrote(dues);
    }
    for (const [ending, state] of ended) {
      try {
        ending.ended(state);
      } catch (error) {
        this.parts.log.error({ err: error, slug: ending.job.slug }, "ending a task failed");
      }
    }
  }

  #retry(batch: readonly Ending[], error: unknown): void {
    if (this.#stopped) return;
    if (isStoreDown(error)) {
      this.#backoffMs = Math.min(Math.max(BACKOFF_FIRST_MS, this.#backoffMs * 2), BACKOFF_MOST_MS);
      this.#pausedUntil = this.parts.clock.mono() + this.#backoffMs * (0.5 + this.parts.random());
      this.parts.log.warn({ err: error, results: batch.length }, "the store can't record results; they wait");
      for (const ending of batch) this.#return(ending);
    } else if (batch.length > 1) {
      this.parts.log.error({ err: error, results: batch.length }, "the store refused results; each is tried alone");
      for (const ending of batch) {
        this.#suspects.add(ending);
        this.#queue.add(ending);
      }
    } else {
      for (const ending of batch) this.#later(ending, error);
    }
    this.#schedule();
    this.#rest();
  }

  #return(ending: Ending): void {
    if (!ending.failed) {
      this.#queue.add(ending);
      return;
    }
    this.#bytes -= ending.bytes;
    ending.failed();
  }

  /** One that fails by itself waits by itself: the others go on, and its task stays visible, locked. */
  #later(ending: Ending, error: unknown): void {
    this.parts.log.error({ err: error, slug: ending.job.slug }, "an outcome can't be recorded; it is tried again");
    this.parts.clock.after(BACKOFF_MOST_MS, () => {
      if (this.#stopped) return;
      this.#return(ending);
      this.#schedule();
    });
  }

  #rest(): void {
    if (this.busy && !this.#stopped) return;
    for (const resolve of this.#idle) resolve();
    this.#idle.clear();
  }
}

export function isStoreDown(error: unknown): boolean {
  return error instanceof Error && "reason" in error && error.reason === "STORE_DOWN";
}
