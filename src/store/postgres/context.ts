import type { Log } from "../../core/log.js";
import type { KeptSample } from "../kept-sample.js";
import type { Database } from "./database.js";
import { SHOWN } from "./database-clock.js";
import type { DeadRows } from "./dead-rows.js";
import type { Waker } from "./waker.js";

/** Rows that one page may look at, so that a filter which matches little can't occupy the database. */
export const LOOK_LIMIT = 10_000;

/**
 * Jobs that one statement answers whole. The largest are 1 MiB, and cross in hex: 200 MB, which take 2 of a statement's 5 s on a
 * line of 1 Gbit/s.
 */
export const WHOLE_JOBS = 100;

/** What every operation needs. */
export interface Context {
  readonly db: Database;
  /** Serves nothing else than opening, renewing and ending leases: no other call can take its connections. */
  readonly leases: Database;
  readonly schema: string;
  readonly clock: StoreClock;
  readonly waker: Waker;
  readonly sample: KeptSample;
  readonly deadRows: DeadRows;
  readonly log: Log;
}

/** The server's clock, or (tests) the one that was given. */
export class StoreClock {
  constructor(private readonly given: (() => Date) | undefined) {}

  /** The parameter that `now` takes. */
  get value(): number | null {
    return this.given ? this.given().getTime() : null;
  }
}

/**
 * This moment in a statement, in ms: what the parameter says, or the server's clock, also inside a long transaction. As a query
 * of its own it is asked once a statement, and an index can be searched by it, which one that is asked for each row rules out.
 */
export function now(parameter: number): string {
  return `(SELECT coalesce($${parameter}::bigint, ${SHOWN}))`;
}
