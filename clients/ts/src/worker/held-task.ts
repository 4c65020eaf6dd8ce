import type { Result, Task as WireTask } from "../gen/tickwire/v1/worker.js";
import { type AbortCause, TaskAborted } from "./abort.js";
import type { Report } from "./reports.js";

/** Tokens are compared by value: as a map's key, one character a byte. */
export function keyOf(token: Buffer): string {
  return token.toString("latin1");
}

/**
 * A task in hand, from its arrival until its receipt.
 *
 *     runs -> ended (a result waits for its receipt) -> gone
 *     runs -> aborted (cancel, timeout, lease lost, job deleted, stop) -> ended -> gone
 *     runs -> dropped (stale after a reconnect): its handler may still run, but nobody waits for its result
 */
export class HeldTask {
  readonly slug: string;
  readonly token: Buffer;
  readonly key: string;
  readonly kind: string;
  /** By the worker's monotonic clock, in ms. */
  readonly arrivedAt: number;
  /** Set once it has ended. */
  result: Result | undefined;
  /** An upper bound of the result's bytes in a frame. */
  resultBytes = 0;
  abortedBy: AbortCause | undefined;
  /** The server has given its place to others, while its handler still runs. */
  placeless = false;
  dropped = false;
  /** Calls off the timer that waits for the handler's answer to a cancellation. */
  patience: (() => void) | undefined;
  /** Reported and not yet sent. */
  report: Report | undefined;
  #controller: AbortController | undefined;

  constructor(wire: WireTask, arrivedAt: number) {
    this.slug = wire.slug;
    this.token = wire.token;
    this.key = keyOf(wire.token);
    this.kind = wire.kind;
    this.arrivedAt = arrivedAt;
  }

  /** Made when a handler first asks for it: most never do, and at 100,000 tasks a second one each would be felt. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.abortedBy) this.#controller.abort(new TaskAborted(this.abortedBy));
    }
    return this.#controller.signal;
  }

  /** What the server says counts more than that this worker stops. */
  abort(why: AbortCause): void {
    if (this.abortedBy === undefined || why !== "stopping") this.abortedBy = why;
    this.#controller?.abort(new TaskAborted(why));
  }
}
