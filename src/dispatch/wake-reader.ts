import type { Log } from "../core/log.js";
import type { Store } from "../store/store.js";
import type { Clock } from "./clock.js";
import type { WakeReason } from "./parts.js";

/** After a notice that all servers get, each waits a random part of this before it claims, in ms. */
const SPREAD_MS = 5;
const REOPEN_MS = 1_000;
const REOPEN_MOST_MS = 30_000;

/** Listens to other servers. What it misses the poll covers. */
export class WakeReader {
  readonly #stop = new AbortController();
  #disarm: (() => void) | undefined;
  #reading: Promise<void> | undefined;
  #failedInARow = 0;

  constructor(
    private readonly parts: {
      readonly store: Store;
      readonly clock: Clock;
      readonly log: Log;
      readonly random: () => number;
      /** `any`: of which kinds is not known. */
      readonly wake: (reason: WakeReason & { readonly any?: boolean }, kindsChanged: boolean) => void;
    },
  ) {}

  start(): void {
    this.#reading = this.#read();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#disarm?.();
    await this.#reading;
  }

  async #read(): Promise<void> {
    const { store, clock, log, random, wake } = this.parts;
    const { signal } = this.#stop;
    try {
      for await (const { kinds, cancels, kindsChanged } of store.watch(signal)) {
        if (signal.aborted) return;
        this.#failedInARow = 0;
        const due = kinds ? { due: { kinds, at: new Date(0) } } : { any: true };
        if (cancels || kindsChanged) wake({ cancels }, kindsChanged);
        clock.after(random() * SPREAD_MS, () => {
          if (!signal.aborted) wake(due, false);
        });
      }
      // A store without notices ends at once: the poll does it all.
      return;
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ err: error }, "listening to other servers failed; the poll covers until it works again");
    }
    this.#disarm = clock.after(Math.min(REOPEN_MS * 2 ** this.#failedInARow++, REOPEN_MOST_MS), () => {
      if (signal.aborted) return;
      this.#reading = this.#read();
      wake({ any: true }, true);
    });
  }
}
