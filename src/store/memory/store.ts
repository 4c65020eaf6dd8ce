import type { CancelNotice, Edit } from "../../core/edit.js";
import { TickwireError } from "../../core/errors.js";
import type { StoredJob } from "../../core/job.js";
import type { StoredKind } from "../../core/kind.js";
import type { Run } from "../../core/run.js";
import type { WorkerStatus } from "../../core/worker.js";
import { compareBytewise } from "../bytewise.js";
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
import { newToken } from "../token.js";
import { claim } from "./claim.js";
import { document, ownBytes } from "./documents.js";
import { callKey, History } from "./history.js";
import { listJobs } from "./job-list.js";
import { Jobs } from "./jobs.js";
import { Leases } from "./leases.js";
import { Notices } from "./notices.js";
import { amend, release } from "./outcomes.js";
import { Workers } from "./workers.js";

export interface MemoryStoreOptions {
  /** The store's clock. Default: the process's. */
  readonly clock?: () => Date;
  /** Uniform in [0, 1): draws slots. Default: Math.random. */
  readonly random?: () => number;
}

/** So much of each thing one call of `sweep` removes at most. */
const SWEEP_STEP = 1_000;

/** The reference: keeps the whole port, but what it stored is gone with the process. */
export function openMemoryStore(options: MemoryStoreOptions = {}): Store {
  return new MemoryStore(options.clock ?? (() => new Date()), options.random ?? Math.random);
}

/** Each method does its work in one turn, so that nothing comes between a guard and its write. */
class MemoryStore implements Store {
  readonly engine = "memory";
  readonly #clock: () => Date;
  readonly #random: () => number;
  readonly #jobs = new Jobs();
  readonly #history = new History();
  readonly #leases = new Leases();
  readonly #notices = new Notices();
  readonly #kinds = new Map<string, StoredKind>();
  readonly #workers = new Workers();
  readonly #identity = newToken();
  readonly #closed = new AbortController();

  constructor(clock: () => Date, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  async now(): Promise<Date> {
    return this.#now();
  }

  async create(items: readonly NewJob[]): Promise<CreateResult[]> {
    this.#now();
    const ran = this.#history.madeBy(callsOf(items));
    return items.map(({ job, retry }) => {
      const { slug, requestId } = job;
      const stored = this.#jobs.get(slug);
      if (stored && requestId !== undefined && stored.requestId === requestId)
        return { status: "repeated", job: stored };
      if (retry && requestId !== undefined && stored?.createId !== requestId && ran.has(callKey(slug, requestId))) {
        return { status: "repeated" };
      }
      if (stored) return { status: "exists", job: stored };
      this.#jobs.write(slug, document(job, job, job, ownBytes(job.payload)));
      return { status: "created" };
    });
  }

  async nextRun(kinds: readonly string[]): Promise<Date | undefined> {
    this.#now();
    const dues = kinds.flatMap((kind) => this.#soonestMs(kind) ?? []);
    return dues.length > 0 ? new Date(Math.min(...dues)) : undefined;
  }

  #soonestMs(kind: string): number | undefined {
    const dues = this.#jobs.queues(kind).flatMap((queue) => queue.soonestMs() ?? []);
    return dues.length > 0 ? Math.min(...dues) : undefined;
  }

  async lock(request: LockRequest): Promise<StoredJob[]> {
    this.#now();
    return this.#leases.isLive(request.lease) ? claim(this.#jobs, request, this.#random) : [];
  }

  async amend(writes: readonly AmendWrite[]): Promise<AmendResult[]> {
    const now = this.#now();
    return writes.map((write) => amend(this.#jobs, write, now));
  }

  async release(writes: readonly ReleaseWrite[]): Promise<ReleaseResult[]> {
    const now = this.#now();
    return writes.map((write) => release(this.#jobs, this.#history, write, now));
  }

  async adopt(held: readonly Held[], lease: string, stream: number): Promise<(StoredJob | undefined)[]> {
    const now = this.#now();
    return held.map(({ slug, token }) => {
      const job = this.#jobs.get(slug);
      if (job?.lock?.token !== token) return undefined;
      if (job.lock.stream !== undefined && job.lock.stream >= stream) return undefined;
      return this.#relock(job, { ...job.lock, lease, stream }, now);
    });
  }

  async move(held: readonly Held[], from: string, to: string): Promise<string[]> {
    const now = this.#now();
    const moved: string[] = [];
    for (const { slug, token } of held) {
      const job = this.#jobs.get(slug);
      if (job?.lock?.token !== token || job.lock.lease !== from) continue;
      this.#relock(job, { ...job.lock, lease: to }, now);
      moved.push(token);
    }
    return moved;
  }

  #relock(job: StoredJob, lock: NonNullable<StoredJob["lock"]>, now: Date): StoredJob {
    const { etag, fence, pause } = job;
    const next = document(job, job, { etag, rev: job.rev + 1, fence, updatedAt: now, lock, pause }, job.payload);
    this.#jobs.write(job.slug, next);
    return next;
  }

  async get(slug: string): Promise<StoredJob | undefined> {
    this.#now();
    return this.#jobs.get(slug);
  }

  async list(request: ListJobsRequest): Promise<Page<StoredJob>> {
    this.#now();
    return listJobs(this.#jobs, request);
  }

  async edit<A>(slugs: readonly string[], change: (job: StoredJob | undefined, slug: string) => Edit<A>): Promise<A[]> {
    const now = this.#now();
    return slugs.map((slug) => {
      const job = this.#jobs.get(slug);
      const { answer, write, run, notice } = change(job, slug);
      if (write?.type === "delete") this.#jobs.write(slug, undefined);
      if (write?.type === "put") {
        const { payload } = write.job;
        const marks = { ...marksOf(write.job), rev: (job ?? write.job).rev + 1, updatedAt: now };
        const kept = payload === job?.payload ? payload : ownBytes(payload);
        this.#jobs.write(slug, document(write.job, write.job, marks, kept));
      }
      if (run) this.#history.add(run);
      if (notice) this.#notices.add(notice, now);
      return answer;
    });
  }

  async cancels(lease: string): Promise<CancelNotice[]> {
    this.#now();
    return this.#notices.of(lease);
  }

  async dropCancels(tokens: readonly string[]): Promise<void> {
    this.#now();
    for (const token of tokens) this.#notices.drop(token);
  }

  async countJobs(kinds: readonly string[]): Promise<KindCounts[]> {
    this.#now();
    return kinds.map((kind) => {
      const oldest = this.#soonestMs(kind);
      const jobs = this.#jobs.tally().counts(kind);
      return { kind, jobs, estimated: false, ...(oldest !== undefined && { oldestDue: new Date(oldest) }) };
    });
  }

  async kindsOfJobs(limit: number): Promise<string[]> {
    this.#now();
    return [...this.#jobs.tally().kinds()].sort(compareBytewise).slice(0, limit);
  }

  async slotsHeld(kind: string): Promise<number> {
    this.#now();
    return this.#jobs.slotsHeld(kind).size;
  }

  async getKind(name: string): Promise<StoredKind | undefined> {
    this.#now();
    return this.#kinds.get(name);
  }

  async listKinds(): Promise<StoredKind[]> {
    this.#now();
    return [...this.#kinds.values()].sort((one, other) => compareBytewise(one.name, other.name));
  }

  async putKind(kind: StoredKind, expectedEtag: string | undefined): Promise<boolean> {
    this.#now();
    if (this.#kinds.get(kind.name)?.etag !== expectedEtag) return false;
    this.#kinds.set(kind.name, kind);
    return true;
  }

  async deleteKind(name: string, expectedEtag: string): Promise<boolean> {
    this.#now();
    if (this.#kinds.get(name)?.etag === expectedEtag) this.#kinds.delete(name);
    return !this.#kinds.has(name);
  }

  async putWorkers(lease: string, put: readonly WorkerStatus[], removeInstances: readonly string[]): Promise<void> {
    this.#now();
    // A lease that has ended meanwhile takes its workers along.
    if (this.#leases.isLive(lease)) this.#workers.put(lease, put, removeInstances);
  }

  async listWorkers(after: string | undefined, limit: number): Promise<Page<WorkerStatus>> {
    this.#now();
    return this.#workers.list(after, limit);
  }

  async openLease(server: {
    readonly serverId: string;
    readonly ttlMs: number;
    readonly version: string;
  }): Promise<string> {
    return this.#leases.open(server, this.#now());
  }

  async renewLease(lease: string): Promise<boolean> {
    return this.#leases.renew(lease, this.#now());
  }

  async closeLease(lease: string): Promise<void> {
    if (this.#leases.end(lease, "left", this.#now())) this.#workers.drop(lease);
  }

  async leases(): Promise<Lease[]> {
    this.#now();
    return this.#leases.all();
  }

  async takeOver(lease: string, seq: number): Promise<boolean> {
    const fenced = this.#leases.end(lease, "fenced", this.#now(), seq);
    if (fenced) this.#workers.drop(lease);
    return fenced;
  }

  async orphans(after: string | undefined, limit: number): Promise<StoredJob[]> {
    this.#now();
    const slugs: string[] = [];
    for (const lease of this.#jobs.leasesNamed()) {
      if (this.#leases.isLive(lease)) continue;
      for (const slug of this.#jobs.lockedUnder(lease)) slugs.push(slug);
    }
    const rest = after === undefined ? slugs : slugs.filter((slug) => compareBytewise(slug, after) > 0);
    return rest
      .sort(compareBytewise)
      .slice(0, limit)
      .flatMap((slug) => this.#jobs.get(slug) ?? []);
  }

  async listRuns(request: ListRunsRequest): Promise<Page<Run>> {
    this.#now();
    return this.#history.list(request);
  }

  async runPlaces(request: RunPlacesRequest): Promise<RunPlaces> {
    this.#now();
    return this.#history.places(request);
  }

  async runsAt(places: readonly string[], results: boolean): Promise<Run[]> {
    this.#now();
    return this.#history.at(places, results);
  }

  async identity(): Promise<string> {
    this.#now();
    return this.#identity;
  }

  async sweep(): Promise<boolean> {
    const now = this.#now();
    let removed = 0;
    const tally = this.#jobs.tally();
    for (const kind of tally.kinds()) {
      for (const slug of tally.slugs(kind, "completed")) {
        const expireAt = this.#jobs.get(slug)?.expireAt;
        if (!expireAt || expireAt > now) continue;
        if (removed === SWEEP_STEP) return true;
        this.#jobs.write(slug, undefined);
        removed++;
      }
    }
    this.#notices.expire(now);
    this.#leases.sweep(now, (id) => this.#jobs.lockedUnder(id).size > 0);
    return this.#history.expire(now, SWEEP_STEP);
  }

  /** There are no other servers on it: it only waits for the end. */
  async *watch(signal: AbortSignal): AsyncGenerator<Wake> {
    const ends = AbortSignal.any([signal, this.#closed.signal]);
    if (!ends.aborted) await new Promise((resolve) => ends.addEventListener("abort", resolve, { once: true }));
  }

  async close(): Promise<void> {
    this.#closed.abort();
  }

  /** Every method begins here: a closed store answers nothing. */
  #now(): Date {
    if (this.#closed.signal.aborted) throw new TickwireError("STORE_DOWN", "the memory store is closed");
    return this.#clock();
  }
}

function callsOf(items: readonly NewJob[]): Set<string> {
  const calls = new Set<string>();
  for (const { job, retry } of items) {
    if (retry && job.requestId !== undefined) calls.add(callKey(job.slug, job.requestId));
  }
  return calls;
}

function marksOf({ etag, rev, fence, updatedAt, lock, pause }: StoredJob) {
  return { etag, rev, fence, updatedAt, lock, pause };
}
