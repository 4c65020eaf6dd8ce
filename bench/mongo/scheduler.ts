import type { Child } from "../process.js";

/** What a process says that has stored jobs. */
export interface Stored {
  /** By this machine's clock. */
  readonly beganAt: number;
}

/** What a process says that has run jobs: spans in ms, the last instant by this machine's clock. */
export interface Ran {
  /** From the call that begins the work until the last result was stored. */
  readonly sinceStartMs: number;
  readonly endedAt: number;
  /** How late the jobs' handlers began. */
  readonly p50: number;
  readonly p99: number;
}

/** A scheduler on a database, in processes of its own. */
export interface Scheduler {
  readonly name: string;
  /** Brings up what it needs on an empty database besides callers and workers. */
  open(url: string): Promise<OpenScheduler>;
}

export interface OpenScheduler extends AsyncDisposable {
  /** Stores so many jobs: `perSecond` 0, due at once; else so many due each second, from `afterMs` on. */
  caller(jobs: number, perSecond: number, afterMs: number): Child<Stored>;
  /** Runs so many, each doing nothing, up to `places` at once. Says `connected`, and later what `Ran` is. */
  worker(jobs: number, places: number): Child<Ran>;
}
