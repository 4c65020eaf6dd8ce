import { setMaxListeners } from "node:events";
import type { Clock } from "./clock.js";
import { TickwireError } from "./errors.js";

/** The end of a client. Every call in progress listens to it: past ten of them Node would warn of a leak. */
export function closingSignal(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}

/** What ends a call early: its own signal, or the client's end. */
export class Stops {
  readonly #signal: AbortSignal | undefined;
  readonly #closing: AbortSignal | undefined;

  constructor(signal: AbortSignal | undefined, closing: AbortSignal | undefined) {
    this.#signal = signal;
    this.#closing = closing;
  }

  /** Why the call shall end, or undefined. */
  get error(): TickwireError | undefined {
    if (this.#closing?.aborted) return new TickwireError("CANCELLED", "CLIENT_CLOSED", "the client is closed");
    if (!this.#signal?.aborted) return undefined;
    return new TickwireError("CANCELLED", "CANCELLED", "the call was aborted", { cause: this.#signal.reason });
  }

  /** Calls back when it shall end; the returned function takes that back. */
  listen(call: () => void): () => void {
    this.#signal?.addEventListener("abort", call);
    this.#closing?.addEventListener("abort", call);
    return () => {
      this.#signal?.removeEventListener("abort", call);
      this.#closing?.removeEventListener("abort", call);
    };
  }

  /** Resolves after the span, or as soon as the call shall end. */
  wait(clock: Clock, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        callOff();
        forget();
        resolve();
      };
      const callOff = clock.after(ms, done);
      const forget = this.listen(done);
      if (this.error) done();
    });
  }
}
