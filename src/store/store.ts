import type { CancelNotice, Edit } from "../core/edit.js";
import type { JobState, RunState, StoredJob } from "../core/job.js";
import type { StoredKind } from "../core/kind.js";
import type { Run } from "../core/run.js";
import type { Settled } from "../core/settle.js";
import type { WorkerStatus } from "../core/worker.js";

export { newToken, runIdOf } from "./token.js";

/**
 * What Tickwire asks of a database. Every method is atomic per job, conditional, and durable when it resolves: what it
 * answered survives kill -9 of any process. Every method may be called by any number of processes at once.
 *
 * A method rejects with TickwireError `STORE_DOWN` where the database can't be reached or its answer is not known; the same
 * call may then be made again with the same arguments, and answers as if it were the first.
 *
 * Invariant of every job, at every instant: `due` is present exactly while the job may be claimed (it has no lock, is neither
 * dead nor completed, and is not paused unless its occurrence is RunJob's), and then equals `at`.
 */
export interface Store {
  readonly engine: "memory" | "sqlite" | "mongodb" | "postgres";

  /** The store's clock: the one that decides what is due. */
  now(): Promise<Date>;

  /**
   * Inserts jobs, each on its own, answers in order. Where a slug is taken: "repeated" if the stored job's `requestId` is this
   * item's, else "exists"; both return the stored job, and change nothing. Where `retry` is set and no job of the slug was
   * made by this call, but the history holds a run of one that was (`createId`): "repeated" without a job.
   */
  create(items: readonly NewJob[]): Promise<CreateResult[]>;

  /** The earliest due time among claimable jobs of these kinds; paused kinds are the caller's to leave out. */
  nextRun(kinds: readonly string[]): Promise<Date | undefined>;

  /**
   * Takes jobs with `due <= now`: of each kind the highest priority first, then the oldest due, then the slug bytewise; at most
   * `room[kind]` of it and `limit` in all, and no kind starves where the sum of the rooms exceeds the limit. Writes a lock
   * with a fresh token into each, unsets `due`, counts the attempt, and increments `fence`. A kind in `maxRunning` never has
   * more locks with a slot than its number, over all servers: a lock of it takes a slot that is unique in the database.
   * Takes nothing where the lease is not live. Two calls never take the same job.
   */
  lock(request: LockRequest): Promise<StoredJob[]>;

  /**
   * Writes what the holder of a lock learned before its outcome. "recorded" where token and lease are the lock's; else
   * "moved", and nothing is changed. Changes neither `etag` nor `fence`.
   */
  amend(writes: readonly AmendWrite[]): Promise<AmendResult[]>;

  /**
   * Ends attempts: writes the job and its run as one commit, and frees the lock (and its slot). Answers in order:
   * - recorded: it is stored; also where a worker reported this token's stored outcome before, and this one is a worker's;
   * - stale: no lock has the token; also where a server or a caller settled it before. Nothing is changed;
   * - moved: `lease` is given, and the lock has the token under another lease. Nothing is changed;
   * - changed: a caller has written since `etag`. Nothing is changed; settle again on `job`. A store whose outcomes are two
   *   writes settles again by itself, as it has to where it finds one half done, and answers "recorded".
   * A token that no lock and no run knows writes nothing.
   */
  release(writes: readonly ReleaseWrite[]): Promise<ReleaseResult[]>;

  /**
   * For a worker's hello: moves locks to `lease`, whichever lease they have, live or not, where the slug's lock has the token
   * and has noted no adoption by this or a newer stream of its worker. Answers in order: the job, or undefined where nothing was moved.
   */
  adopt(held: readonly Held[], lease: string, stream: number): Promise<(StoredJob | undefined)[]>;

  /** Of these tokens, takes those that are locked under `from` to `to`, and returns them. */
  move(held: readonly Held[], from: string, to: string): Promise<string[]>;

  get(slug: string): Promise<StoredJob | undefined>;

  /** In the order of their slugs, bytewise. `after` is the last slug of the page before. */
  list(request: ListJobsRequest): Promise<Page<StoredJob>>;

  /**
   * A caller's write: reads each job, asks `change` (pure; it may be asked again, with a newer job) and writes what it answers
   * only if the job is still exactly the one that `change` saw. Answers in order what `change` said last. Pause, resume,
   * update, requeue, run now, cancel, replace, delete and clear are all this, with a function of core each.
   */
  edit<A>(slugs: readonly string[], change: (job: StoredJob | undefined, slug: string) => Edit<A>): Promise<A[]>;

  /** Notices that a caller's write left for tasks under this lease, oldest first. They stay until dropped. */
  cancels(lease: string): Promise<CancelNotice[]>;
  dropCancels(tokens: readonly string[]): Promise<void>;

  /**
   * How many jobs each of these kinds has in each state, in the order of the names. Up to `counted_jobs` of a state are counted,
   * exactly; what is more is estimated, and says so: no answer costs more because more jobs are stored.
   */
  countJobs(kinds: readonly string[]): Promise<KindCounts[]>;
  /** Kinds of which there are jobs, in the order of their names: at most `limit`. */
  kindsOfJobs(limit: number): Promise<string[]>;
  /** Numbered places of a kind with a limit that are taken, over all servers. */
  slotsHeld(kind: string): Promise<number>;

  getKind(name: string): Promise<StoredKind | undefined>;
  /** Every kind, in the order of their names. At most a few thousand are expected. */
  listKinds(): Promise<StoredKind[]>;
  /** Writes a kind only if the stored one has this etag (undefined: only if there is none). False where it has not. */
  putKind(kind: StoredKind, expectedEtag: string | undefined): Promise<boolean>;
  /** Removes a kind only if the stored one has this etag. False where another is stored; true where none is, whoever removed it. */
  deleteKind(name: string, expectedEtag: string): Promise<boolean>;

  putWorkers(lease: string, put: readonly WorkerStatus[], removeInstances: readonly string[]): Promise<void>;
  /** Workers of live leases, in the order of their instances. */
  listWorkers(after: string | undefined, limit: number): Promise<Page<WorkerStatus>>;

  /** A new live lease under a random id that was never used before and never will be again. */
  openLease(server: { readonly serverId: string; readonly ttlMs: number; readonly version: string }): Promise<string>;
  /** Increments the counter. False: it is no longer live, and never will be. */
  renewLease(lease: string): Promise<boolean>;
  /** Marks it as left: nobody needs to watch it for a TTL. Its workers' entries go with it. */
  closeLease(lease: string): Promise<void>;
  /** A store that can tell otherwise than by its counter that a lease's process is dead has fenced it already. */
  leases(): Promise<Lease[]>;
  /** Fences a live lease whose counter is still `seq`. True for exactly one caller. */
  takeOver(lease: string, seq: number): Promise<boolean>;
  /** Locked jobs whose lease is not live or not there at all, by slug. */
  orphans(after: string | undefined, limit: number): Promise<StoredJob[]>;

  /** Newest first, by when they were recorded; hidden ones left out. */
  listRuns(request: ListRunsRequest): Promise<Page<Run>>;

  /**
   * Where runs stand in the history behind `after`, in the order in which they were recorded; hidden ones left out. A place is
   * a run's for good, with one exception: where an outcome was found half done, or took seconds to be stored, its run may come
   * to stand at a later place.
   */
  runPlaces(request: RunPlacesRequest): Promise<RunPlaces>;
  /** The runs at these places, in their order. What has gone meanwhile is left out. `results` false: with an empty result. */
  runsAt(places: readonly string[], results: boolean): Promise<Run[]>;
  /** Names the data: random, and made with it. Places of one mean nothing in another. */
  identity(): Promise<string>;

  /**
   * Removes what has expired (runs, completed jobs, notices), and leases that are not live, that no lock names, and that were
   * opened or left long ago. In bounded steps: true where more is left.
   */
  sweep(): Promise<boolean>;

  /** Wake-ups from other servers; may lose some, never blocks a write. Ends when the signal aborts. */
  watch(signal: AbortSignal): AsyncIterable<Wake>;

  close(): Promise<void>;
}

export interface NewJob {
  readonly job: StoredJob;
  /** A try after the first of the call that `job.requestId` names. */
  readonly retry: boolean;
}

export type CreateResult =
  | { readonly status: "created" }
  | { readonly status: "exists"; readonly job: StoredJob }
  | { readonly status: "repeated"; readonly job?: StoredJob };

export interface LockRequest {
  /** Free places per kind. A kind that is not named, or has 0, gives nothing. */
  readonly room: ReadonlyMap<string, number>;
  /** Limits of those kinds that have one. */
  readonly maxRunning: ReadonlyMap<string, number>;
  readonly lease: string;
  readonly now: Date;
  readonly limit: number;
}

/** Either facts about the task that is out, or (`free`) what `start` found: nothing to run, uncounted and without a run. */
export type AmendWrite = { readonly slug: string; readonly token: string; readonly lease: string } & (
  | {
      readonly keep: Partial<
        Pick<StoredJob, "occurrence" | "at" | "triggerCount" | "counts" | "progress" | "checkpoint">
      >;
      /** Of the job that `keep` was computed from; absent: it holds whatever a caller has written since. */
      readonly etag?: string;
    }
  | { readonly free: Settled; readonly etag: string }
);
/** `changed`: the etag that was given is not the job's, so nothing is written. */
export type AmendResult =
  | { readonly status: "recorded" | "moved" }
  | { readonly status: "changed"; readonly job: StoredJob };

export interface ReleaseWrite {
  readonly slug: string;
  readonly token: string;
  /** Given where a server decided the outcome: it holds only while the lock has this lease. */
  readonly lease?: string;
  /** Of the job that `settled` was computed from. */
  readonly etag: string;
  readonly settled: Settled;
  readonly run: Run;
}

export type ReleaseResult =
  | {
      readonly status: "recorded" | "stale";
      /** The outcome that was applied in place of the asked one, where a store had found it half done. */
      readonly completed?: { readonly run: Run; readonly settled: Settled };
    }
  | { readonly status: "moved" }
  | { readonly status: "changed"; readonly job: StoredJob };

export interface Held {
  readonly slug: string;
  readonly token: string;
}

export interface Lease {
  readonly id: string;
  readonly serverId: string;
  /** Incremented by each renewal. */
  readonly seq: number;
  readonly ttlMs: number;
  readonly state: "live" | "left" | "fenced";
  readonly version: string;
  readonly startedAt: Date;
  /** For display only: no two processes' clocks are compared. */
  readonly renewedAt: Date;
}

/** All that is set must match; an entry of a list is one of several that may. */
export interface JobFilter {
  readonly slugs?: readonly string[];
  readonly slugPrefix?: string;
  readonly kinds?: readonly string[];
  readonly states?: readonly JobState[];
  readonly labels?: Readonly<Record<string, string>>;
  /** `at`, from and including. */
  readonly dueAfter?: Date;
  /** `at`, up to and without. */
  readonly dueBefore?: Date;
}

export interface ListJobsRequest {
  readonly filter: JobFilter;
  readonly after?: string;
  readonly limit: number;
  /** False: jobs come with an empty payload and without lastResult and checkpoint. */
  readonly payloads: boolean;
}

export interface KindCounts {
  readonly kind: string;
  readonly jobs: Readonly<Record<JobState, number>>;
  /** Some are estimates: those above `counted_jobs`. */
  readonly estimated: boolean;
  /** The earliest due time among claimable jobs. */
  readonly oldestDue?: Date;
}

export interface RunFilter {
  readonly slug?: string;
  readonly kinds?: readonly string[];
  readonly states?: readonly RunState[];
  /** From and including. */
  readonly endedAfter?: Date;
  /** Up to and without. */
  readonly endedBefore?: Date;
}

export interface ListRunsRequest {
  readonly filter: RunFilter;
  /** `next` of the page before. */
  readonly after?: string;
  readonly limit: number;
  /** False: runs come with an empty result. */
  readonly results: boolean;
}

export interface RunPlacesRequest {
  readonly filter: RunFilter;
  /** A place, or what another answer named. Absent: the history's end, with as much before it as may still change. */
  readonly after?: string;
  readonly limit: number;
}

/** A part of the history, oldest first. It may be short, or even empty, and not be the last one. */
export interface RunPlaces {
  readonly items: readonly { readonly place: string; readonly token: string }[];
  /** Where the next part begins; behind the last one, what is recorded from now on, but for what may come late. */
  readonly next: string;
  /** The history ended here. */
  readonly end: boolean;
  /**
   * At or before `next`. Nothing comes to stand between `after` and this place any more: whoever goes on from here misses
   * nothing, and may meet some runs again.
   */
  readonly settled: string;
  /** What stood behind `after` may have been removed. */
  readonly gap: boolean;
  /** In ms: what was recorded longer ago stands at or before the `settled` of the history's end. */
  readonly unsettledMs: number;
}

/** A page may be short, or even empty, and still have a next one. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page starts. Absent: there is none. */
  readonly next?: string;
}

/** Something changed on another server. */
export interface Wake {
  /** Kinds that have a job due earlier than before; absent: any. */
  readonly kinds?: readonly string[];
  readonly cancels: boolean;
  readonly kindsChanged: boolean;
}
