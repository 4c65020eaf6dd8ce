import type { WorkerStatus } from "../core/worker.js";
import type { Link, LinkEvents } from "./frames.js";
import type { Kinds, RunFeed, WakeReason } from "./parts.js";

/** The server's side of all workers: claims what is due, hands it out, and records what comes back. */
export interface Dispatch {
  readonly serverId: string;
  /** Every kind, at most a poll old. */
  readonly kinds: Kinds;
  /** Runs that ended on this server, whoever ended them. */
  readonly feed: RunFeed;
  /** Opens the lease, measures the store's clock, begins to claim and to recover. Rejects where the store can't be reached. */
  start(): Promise<void>;
  /** A worker's new stream. */
  connect(link: Link): LinkEvents;
  /** Something was written that this server should look at now rather than at the next poll. */
  wake(reason: WakeReason): void;
  /** The store's clock, as this server estimates it. */
  now(): Date;
  /** Workers connected here. */
  workers(): WorkerStatus[];
  /** The worker here that holds this task. */
  holderOf(token: string): WorkerStatus | undefined;
  /** False while the lease is in doubt, or after `drain` was called. */
  healthy(): boolean;
  /** Calls back with each change of `healthy`; the returned function ends it. */
  onHealth(call: (healthy: boolean) => void): () => void;
  /**
   * The orderly end: sends drain notices, stops claiming, waits for results up to `graceMs`, hands back what was never written
   * to a stream, marks the lease as left, ends the streams. What is still out stays locked: its workers carry it along.
   */
  drain(graceMs: number): Promise<void>;
  /** Drops everything at once, without a word to the store. */
  abort(): void;
}
