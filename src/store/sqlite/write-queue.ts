import { statSync } from "node:fs";
import { TickwireError } from "../../core/errors.js";
import type { Log } from "../../core/log.js";
import type { Connection } from "./connection.js";
import { failureOf, storeDown } from "./failure.js";

/** Items (jobs, outcomes) that one transaction takes at most: about 20 ms of the event loop. The rest goes into the next one. */
const WEIGHT_LIMIT = 1_000;
/** Between two tries for a file that another process writes; drawn at random so that two don't meet again and again. */
const RETRY_LEAST_MS = 1;
const RETRY_MOST_MS = 8;

export interface WriteQueueOptions {
  readonly log: Log;
  /** How long a write waits for other processes before it fails as STORE_DOWN, in ms. */
  readonly patienceMs: number;
  /** After each commit: how many writes it holds. */
  readonly onCommit: (writes: number) => void;
  /** After a transaction that was rolled back, whole or in part. */
  readonly onRollback: () => void;
}

interface Pending {
  readonly work: () => unknown;
  readonly weight: number;
  readonly since: number;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * All writes of one turn of the event loop in one transaction: durability costs a sync of the disk for each commit, whatever
 * is in it. A promise settles only after the commit of its write. A write that fails alone does not spoil its neighbours:
 * the transaction is then done again with a savepoint around each, so `work` may be called twice and must only write to the
 * file. While another process has the file the writes wait in the loop, not in SQLite, so that pings and timers go on.
 */
export class WriteQueue {
  #pending: Pending[] = [];
  #scheduled = false;
  #down = false;
  #idle: (() => void)[] = [];
  readonly #file: string;

  constructor(
    private readonly db: Connection,
    private readonly options: WriteQueueOptions,
  ) {
    this.#file = identityOf(db.path);
  }

  /** `weight`: how many items it writes. */
  write<T>(weight: number, work: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const done = resolve as (answer: unknown) => void;
      this.#pending.push({ work, weight, since: performance.now(), resolve: done, reject });
      this.#schedule(0);
    });
  }

  /** Resolves once nothing is waiting. */
  drained(): Promise<void> {
    if (this.#pending.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #schedule(waitMs: number): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    const flush = () => {
      this.#scheduled = false;
      this.#flush();
    };
    if (waitMs === 0) setImmediate(flush);
    else setTimeout(flush, waitMs);
  }

  #flush(): void {
    const batch = this.#take();
    let again = 0;
    try {
      const settle = this.#transact(batch);
      this.#pending.splice(0, batch.length);
      settle();
      if (this.#down) this.options.log.info({ file: this.db.path }, "the store's file can be written again");
      this.#down = false;
    } catch (error) {
      this.#fail(batch, error);
      again = RETRY_LEAST_MS + Math.random() * (RETRY_MOST_MS - RETRY_LEAST_MS);
    }
    if (this.#pending.length > 0) this.#schedule(again);
    else for (const resolve of this.#idle.splice(0)) resolve();
  }

  #take(): Pending[] {
    let weight = 0;
    let count = 0;
    for (const { weight: one } of this.#pending) {
      weight += one;
      if (count > 0 && weight > WEIGHT_LIMIT) break;
      count++;
    }
    return this.#pending.slice(0, count);
  }

  /** Answers what is to be done once it is committed; throws where the file could not be written. */
  #transact(batch: readonly Pending[]): () => void {
    try {
      return this.#together(batch);
    } catch (error) {
      if (failureOf(error) !== "fault") throw error;
      if (batch.length > 1) return this.#apart(batch);
      return () => batch[0]?.reject(error);
    }
  }

  #together(batch: readonly Pending[]): () => void {
    const answers: unknown[] = [];
    this.#commit(batch.length, () => {
      for (const { work } of batch) answers.push(work());
    });
    return () => {
      for (const [at, { resolve }] of batch.entries()) resolve(answers[at]);
    };
  }

  #apart(batch: readonly Pending[]): () => void {
    const settles: (() => void)[] = [];
    this.#commit(batch.length, () => {
      for (const { work, resolve, reject } of batch) {
        this.db.run("SAVEPOINT one");
        try {
          const answer = work();
          settles.push(() => resolve(answer));
        } catch (error) {
          if (failureOf(error) !== "fault") throw error;
          this.db.run("ROLLBACK TO one");
          this.options.onRollback();
          settles.push(() => reject(error));
        }
        this.db.run("RELEASE one");
      }
    });
    return () => {
      for (const settle of settles) settle();
    };
  }

  #commit(writes: number, work: () => void): void {
    const { db } = this;
    try {
      db.run("BEGIN IMMEDIATE");
      work();
      db.run("COMMIT");
    } catch (error) {
      if (db.inTransaction) db.run("ROLLBACK");
      this.options.onRollback();
      throw error;
    }
    // SQLite goes on writing to a file that was deleted under it: nothing of that may be acknowledged.
    if (identityOf(db.path) !== this.#file) throw vanished(db.path);
    this.options.onCommit(writes);
  }

  /** Busy: only what has waited too long fails. Down: all of the batch. */
  #fail(batch: readonly Pending[], error: unknown): void {
    const busy = failureOf(error) === "busy";
    const now = performance.now();
    const failed = busy ? this.#pending.filter(({ since }) => now - since > this.options.patienceMs) : batch;
    if (failed.length === 0) return;
    const told = error instanceof TickwireError ? error : storeDown(this.db.path, error);
    if (!this.#down) this.options.log.error({ err: told, file: this.db.path }, "the store's file can't be written");
    this.#down = true;
    const gone = new Set(failed);
    this.#pending = this.#pending.filter((one) => !gone.has(one));
    for (const { reject } of failed) reject(told);
  }
}

function identityOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat ? `${stat.dev}:${stat.ino}` : "";
}

function vanished(path: string): TickwireError {
  return new TickwireError(
    "STORE_DOWN",
    `the SQLite file ${path} was moved, deleted or replaced while it was open: put it back, or start the server again`,
    { file: path },
  );
}
