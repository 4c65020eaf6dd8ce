import type { Collection, Db } from "mongodb";
import type { Log } from "../../core/log.js";
import type { KeptSample } from "../kept-sample.js";
import type { CancelDoc, JobDoc, KindDoc, LeaseDoc, RunDoc, WakeDoc, WorkerDoc } from "./documents.js";
import type { StoreTime } from "./store-time.js";
import type { Waker } from "./waker.js";

/** What one command of the database may take, in ms: half of what a lease can spare. */
export const COMMAND_MS = 5_000;
/** Documents that one page may look at, so that a filter which matches little can't occupy the database. */
export const LOOK_LIMIT = 10_000;

export interface Collections {
  readonly jobs: Collection<JobDoc>;
  readonly runs: Collection<RunDoc>;
  readonly kinds: Collection<KindDoc>;
  readonly workers: Collection<WorkerDoc>;
  readonly cancels: Collection<CancelDoc>;
  readonly wake: Collection<WakeDoc>;
  /** Of a client that serves nothing else than opening, renewing and ending leases: no other call can take its connections. */
  readonly leases: Collection<LeaseDoc>;
  /** The same, for every other look at them: a caller's list of workers must not stand in the way of a renewal. */
  readonly leaseViews: Collection<LeaseDoc>;
}

/** What every operation needs. */
export interface Context extends Collections {
  readonly time: StoreTime;
  /** A name that sorts by the time of its making. */
  readonly position: () => string;
  readonly waker: Waker;
  readonly log: Log;
  readonly sample: KeptSample;
  /** Kinds of which the newest claim lost more than half to other servers. */
  readonly crowded: Set<string>;
  /** The server removes what has expired. */
  readonly expires: boolean;
  /** Jobs are spread over shards, where no slot can be unique. */
  readonly sharded: boolean;
}

interface DbHolder {
  readonly db: Db;
}

/** Those of the clients that are current when they are asked for. */
export function collectionsOf(work: DbHolder, leases: DbHolder, prefix: string): Collections {
  return {
    get jobs() {
      return work.db.collection<JobDoc>(`${prefix}jobs`);
    },
    get runs() {
      return work.db.collection<RunDoc>(`${prefix}runs`);
    },
    get kinds() {
      return work.db.collection<KindDoc>(`${prefix}kinds`);
    },
    get workers() {
      return work.db.collection<WorkerDoc>(`${prefix}workers`);
    },
    get cancels() {
      return work.db.collection<CancelDoc>(`${prefix}cancels`);
    },
    get wake() {
      return work.db.collection<WakeDoc>(`${prefix}wake`);
    },
    get leases() {
      return leases.db.collection<LeaseDoc>(`${prefix}leases`);
    },
    get leaseViews() {
      return work.db.collection<LeaseDoc>(`${prefix}leases`);
    },
  };
}
