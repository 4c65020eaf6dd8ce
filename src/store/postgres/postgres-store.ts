import type { CancelNotice } from "../../core/edit.js";
import { TickwireError } from "../../core/errors.js";
import type { StoredJob } from "../../core/job.js";
import type { StoredKind } from "../../core/kind.js";
import type { Run } from "../../core/run.js";
import type { WorkerStatus } from "../../core/worker.js";
import type {
  AmendResult,
  AmendWrite,
  CreateResult,
  Held,
  KindCounts,
  Lease,
  ListJobsRequest,
  ListRunsRequest,
  LockRequest,
  NewJob,
  Page,
  ReleaseResult,
  ReleaseWrite,
  RunPlaces,
  RunPlacesRequest,
  Store,
  Wake,
} from "../store.js";
import { adopt, move } from "./adopt.js";
import { amend } from "./amend.js";
import { cancelsOf, dropCancels } from "./cancels.js";
import { type Context, now } from "./context.js";
import { countJobs, kindsOfJobs } from "./count-jobs.js";
import { create } from "./create.js";
import { type Change, edit } from "./edit.js";
import { storeError } from "./failure.js";
import { get } from "./jobs.js";
import { deleteKind, getKind, listKinds, putKind } from "./kinds.js";
import { allLeases, closeLease, openLease, orphans, renewLease, takeOver } from "./leases.js";
import { listJobs } from "./list-jobs.js";
import { listRuns } from "./list-runs.js";
import { lock, nextRun, slotsHeld } from "./lock.js";
import { release } from "./release.js";
import { identity, runPlaces, runsAt } from "./run-places.js";
import { sweep } from "./sweep.js";
import { listWorkers, putWorkers } from "./workers.js";

const NOW = `SELECT ${now(1)}`;

/** The port, each method of it an operation in a file of its own; here they get their context, and their errors a meaning. */
export class PostgresStore implements Store {
  readonly engine = "postgres";
  readonly #closed = new AbortController();
  #closing: Promise<void> | undefined;

  constructor(
    private readonly context: Context,
    private readonly end: () => Promise<void>,
  ) {}

  now(): Promise<Date> {
    return this.#do(async ({ db, clock }) => new Date(Number((await db.read(NOW, [clock.value]))[0]?.[0])));
  }

  create(items: readonly NewJob[]): Promise<CreateResult[]> {
    return this.#do((context) => create(context, items));
  }

  nextRun(kinds: readonly string[]): Promise<Date | undefined> {
    return this.#do((context) => nextRun(context, kinds));
  }

  lock(request: LockRequest): Promise<StoredJob[]> {
    return this.#do((context) => lock(context, request));
  }

  amend(writes: readonly AmendWrite[]): Promise<AmendResult[]> {
    return this.#do((context) => amend(context, writes));
  }

  release(writes: readonly ReleaseWrite[]): Promise<ReleaseResult[]> {
    return this.#do((context) => release(context, writes));
  }

  adopt(held: readonly Held[], lease: string, stream: number): Promise<(StoredJob | undefined)[]> {
    return this.#do((context) => adopt(context, held, lease, stream));
  }

  move(held: readonly Held[], from: string, to: string): Promise<string[]> {
    return this.#do((context) => move(context, held, from, to));
  }

  get(slug: string): Promise<StoredJob | undefined> {
    return this.#do((context) => get(context, slug));
  }

  list(request: ListJobsRequest): Promise<Page<StoredJob>> {
    return this.#do((context) => listJobs(context, request));
  }

  countJobs(kinds: readonly string[]): Promise<KindCounts[]> {
    return this.#do((context) => countJobs(context, kinds));
  }

  kindsOfJobs(limit: number): Promise<string[]> {
    return this.#do((context) => kindsOfJobs(context, limit));
  }

  slotsHeld(kind: string): Promise<number> {
    return this.#do((context) => slotsHeld(context, kind));
  }

  edit<A>(slugs: readonly string[], change: Change<A>): Promise<A[]> {
    return this.#do((context) => edit(context, slugs, change));
  }

  cancels(lease: string): Promise<CancelNotice[]> {
    return this.#do((context) => cancelsOf(context, lease));
  }

  dropCancels(tokens: readonly string[]): Promise<void> {
    return this.#do((context) => dropCancels(context, tokens));
  }

  getKind(name: string): Promise<StoredKind | undefined> {
    return this.#do((context) => getKind(context, name));
  }

  listKinds(): Promise<StoredKind[]> {
    return this.#do(listKinds);
  }

  putKind(kind: StoredKind, expectedEtag: string | undefined): Promise<boolean> {
    return this.#do((context) => putKind(context, kind, expectedEtag));
  }

  deleteKind(name: string, expectedEtag: string): Promise<boolean> {
    return this.#do((context) => deleteKind(context, name, expectedEtag));
  }

  putWorkers(lease: string, put: readonly WorkerStatus[], removeInstances: readonly string[]): Promise<void> {
    return this.#do((context) => putWorkers(context, lease, put, removeInstances));
  }

  listWorkers(after: string | undefined, limit: number): Promise<Page<WorkerStatus>> {
    return this.#do((context) => listWorkers(context, after, limit));
  }

  openLease(server: { readonly serverId: string; readonly ttlMs: number; readonly version: string }): Promise<string> {
    return this.#do((context) => openLease(context, server));
  }

  renewLease(lease: string): Promise<boolean> {
    return this.#do((context) => renewLease(context, lease));
  }

  closeLease(lease: string): Promise<void> {
    return this.#do((context) => closeLease(context, lease));
  }

  leases(): Promise<Lease[]> {
    return this.#do(allLeases);
  }

  takeOver(lease: string, seq: number): Promise<boolean> {
    return this.#do((context) => takeOver(context, lease, seq));
  }

  orphans(after: string | undefined, limit: number): Promise<StoredJob[]> {
    return this.#do((context) => orphans(context, after, limit));
  }

  listRuns(request: ListRunsRequest): Promise<Page<Run>> {
    return this.#do((context) => listRuns(context, request));
  }

  runPlaces(request: RunPlacesRequest): Promise<RunPlaces> {
    return this.#do((context) => runPlaces(context, request));
  }

  runsAt(places: readonly string[], results: boolean): Promise<Run[]> {
    return this.#do((context) => runsAt(context, places, results));
  }

  identity(): Promise<string> {
    return this.#do(identity);
  }

  sweep(): Promise<boolean> {
    return this.#do(sweep);
  }

  async *watch(signal: AbortSignal): AsyncGenerator<Wake> {
    const ends = AbortSignal.any([signal, this.#closed.signal]);
    try {
      yield* this.context.waker.watch(ends);
    } catch (error) {
      if (!ends.aborted) throw storeError(error);
    }
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      this.#closed.abort();
      this.context.waker.stop();
      await this.end();
    })();
    return this.#closing;
  }

  /** Every method goes through here: a closed store answers nothing. */
  async #do<T>(operation: (context: Context) => Promise<T>): Promise<T> {
    if (this.#closing !== undefined) throw new TickwireError("STORE_DOWN", "the PostgreSQL store is closed");
    try {
      return await operation(this.context);
    } catch (error) {
      throw storeError(error);
    }
  }
}
