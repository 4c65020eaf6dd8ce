import { setTimeout as wait } from "node:timers/promises";
import type { CancelNotice, Edit } from "../../core/edit.js";
import { TickwireError } from "../../core/errors.js";
import type { StoredJob } from "../../core/job.js";
import type { StoredKind } from "../../core/kind.js";
import type { Log } from "../../core/log.js";
import type { Run } from "../../core/run.js";
import type { WorkerStatus } from "../../core/worker.js";
import type {
  AmendResult,
  AmendWrite,
  CreateResult,
  Held,
  Lease,
  ListJobsRequest,
  ListRunsRequest,
  LockRequest,
  NewJob,
  Page,
  ReleaseResult,
  ReleaseWrite,
  Store,
  Wake,
} from "../store.js";
import { adoptJobs, moveLocks } from "./adopt.js";
import { amendJobs } from "./amend.js";
import { cancelsOf, dropCancels } from "./cancels.js";
import type { Connection } from "./connection.js";
import type { Context } from "./context.js";
import { createJobs } from "./create.js";
import { editJobs } from "./edit.js";
import { failureOf, storeDown } from "./failure.js";
import { readJob } from "./jobs.js";
import { KindIds } from "./kind-ids.js";
import { getKind, listKinds, putKind } from "./kinds.js";
import { closeLease, listLeases, openLease, orphans, renewLease, takeOver } from "./leases.js";
import { listJobs } from "./list-jobs.js";
import { listRuns } from "./list-runs.js";
import { lockJobs, nextRun } from "./lock.js";
import { releaseJobs } from "./release.js";
import { sweep } from "./sweep.js";
import { listWorkers, putWorkers } from "./workers.js";
import { WriteQueue } from "./write-queue.js";

export interface SqliteStoreOptions {
  readonly clock: () => Date;
  readonly log: Log;
  readonly patienceMs: number;
  readonly onCommit: (writes: number) => void;
}

/**
 * The asynchronous face of the file: writes go through the queue, which makes one transaction of a turn's; reads run at once,
 * beside whatever other processes write, and see what is committed.
 */
export class SqliteStore implements Store {
  readonly engine = "sqlite";
  readonly #context: Context;
  readonly #writes: WriteQueue;
  #closing: Promise<void> | undefined;

  constructor(
    private readonly db: Connection,
    private readonly options: SqliteStoreOptions,
  ) {
    const kinds = new KindIds(db);
    this.#context = { db, kinds, clock: options.clock };
    const { log, patienceMs, onCommit } = options;
    this.#writes = new WriteQueue(db, { log, patienceMs, onCommit, onRollback: () => kinds.forget() });
  }

  async now(): Promise<Date> {
    return this.options.clock();
  }

  create(items: readonly NewJob[]): Promise<CreateResult[]> {
    return this.#write(items.length, (context) => createJobs(context, items));
  }

  nextRun(kinds: readonly string[]): Promise<Date | undefined> {
    return this.#read((context) => nextRun(context, kinds));
  }

  lock(request: LockRequest): Promise<StoredJob[]> {
    return this.#write(request.limit, (context) => lockJobs(context, request));
  }

  amend(writes: readonly AmendWrite[]): Promise<AmendResult[]> {
    return this.#write(writes.length, (context) => amendJobs(context, writes));
  }

  release(writes: readonly ReleaseWrite[]): Promise<ReleaseResult[]> {
    return this.#write(writes.length, (context) => releaseJobs(context, writes));
  }

  adopt(held: readonly Held[], lease: string, stream: number): Promise<(StoredJob | undefined)[]> {
    return this.#write(held.length, (context) => adoptJobs(context, held, lease, stream));
  }

  move(held: readonly Held[], from: string, to: string): Promise<string[]> {
    return this.#write(held.length, (context) => moveLocks(context, held, from, to));
  }

  get(slug: string): Promise<StoredJob | undefined> {
    return this.#read((context) => readJob(context, slug)?.job);
  }

  list(request: ListJobsRequest): Promise<Page<StoredJob>> {
    return this.#read((context) => listJobs(context, request));
  }

  edit<A>(slugs: readonly string[], change: (job: StoredJob | undefined, slug: string) => Edit<A>): Promise<A[]> {
    return this.#write(slugs.length, (context) => editJobs(context, slugs, change));
  }

  cancels(lease: string): Promise<CancelNotice[]> {
    return this.#read((context) => cancelsOf(context, lease));
  }

  dropCancels(tokens: readonly string[]): Promise<void> {
    return this.#write(tokens.length, (context) => dropCancels(context, tokens));
  }

  getKind(name: string): Promise<StoredKind | undefined> {
    return this.#read((context) => getKind(context, name));
  }

  listKinds(): Promise<StoredKind[]> {
    return this.#read(listKinds);
  }

  putKind(kind: StoredKind, expectedEtag: string | undefined): Promise<boolean> {
    return this.#write(1, (context) => putKind(context, kind, expectedEtag));
  }

  putWorkers(lease: string, put: readonly WorkerStatus[], removeInstances: readonly string[]): Promise<void> {
    return this.#write(put.length, (context) => putWorkers(context, lease, put, removeInstances));
  }

  listWorkers(after: string | undefined, limit: number): Promise<Page<WorkerStatus>> {
    return this.#read((context) => listWorkers(context, after, limit));
  }

  openLease(server: { readonly serverId: string; readonly ttlMs: number; readonly version: string }): Promise<string> {
    return this.#write(1, (context) => openLease(context, server));
  }

  renewLease(lease: string): Promise<boolean> {
    return this.#write(1, (context) => renewLease(context, lease));
  }

  closeLease(lease: string): Promise<void> {
    return this.#write(1, (context) => closeLease(context, lease));
  }

  leases(): Promise<Lease[]> {
    return this.#read(listLeases);
  }

  takeOver(lease: string, seq: number): Promise<boolean> {
    return this.#write(1, (context) => takeOver(context, lease, seq));
  }

  orphans(after: string | undefined, limit: number): Promise<StoredJob[]> {
    return this.#read((context) => orphans(context, after, limit));
  }

  listRuns(request: ListRunsRequest): Promise<Page<Run>> {
    return this.#read((context) => listRuns(context, request));
  }

  sweep(): Promise<boolean> {
    return this.#write(1, sweep);
  }

  /** Nobody tells a process what another one wrote into the file: the servers' own poll finds it. */
  async *watch(signal: AbortSignal): AsyncIterable<Wake> {
    if (signal.aborted) return;
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  }

  /** Commits what was asked for before, and folds the log into the file. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#writes.drained();
    try {
      this.db.all("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch (error) {
      this.options.log.warn({ err: error, file: this.db.path }, "the store's log was not folded into its file");
    }
    this.db.close();
  }

  #write<T>(weight: number, work: (context: Context) => T): Promise<T> {
    if (this.#closing !== undefined) return Promise.reject(this.#closed());
    return this.#writes.write(weight, () => work(this.#context));
  }

  /** A read meets a busy file only while another process repairs its log after a crash: soon over. */
  async #read<T>(work: (context: Context) => T): Promise<T> {
    const until = performance.now() + this.options.patienceMs;
    for (;;) {
      if (this.#closing !== undefined) throw this.#closed();
      try {
        return work(this.#context);
      } catch (error) {
        const failure = failureOf(error);
        if (failure === "fault") throw error;
        if (failure === "down" || performance.now() > until) throw storeDown(this.db.path, error);
      }
      await wait(2 + Math.random() * 8);
    }
  }

  #closed(): TickwireError {
    return new TickwireError("STORE_DOWN", `the store ${this.db.path} is closed`, { file: this.db.path });
  }
}
