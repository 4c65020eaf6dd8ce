/** What a job's payload tells the worker of a test to do. */
export interface Work {
  /** How long an attempt takes, in ms. */
  readonly ms: number;
  /** The first so many attempts throw at their end. */
  readonly fails?: number;
  /** The first so many attempts take `slowMs` instead. */
  readonly slow?: number;
  readonly slowMs?: number;
  /** Does not listen when it is told to stop. */
  readonly stubborn?: boolean;
  /** Some attempts, by their run's id, are handed back or snoozed. */
  readonly fickle?: boolean;
  /** A success at or after this, by the host's clock in ms, puts the next run off by an hour. */
  readonly until?: number;
}
/** Jobs that run once, and jobs that come again. */
export const ONCE = "once";
export const BEAT = "beat";
export const KINDS = [ONCE, BEAT] as const;
