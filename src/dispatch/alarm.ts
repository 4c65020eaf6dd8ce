import type { Clock } from "./clock.js";

/** One timer for many wishes: the earliest counts, and a call that comes too early only looks again. */
export class Alarm {
  #at = Number.POSITIVE_INFINITY;
  #disarm: (() => void) | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly ring: () => void,
  ) {}

  in(ms: number): void {
    const at = this.clock.mono() + ms;
    if (at >= this.#at) return;
    this.#disarm?.();
    this.#at = at;
    this.#disarm = this.clock.after(Math.max(0, Math.ceil(ms)), () => {
      this.#at = Number.POSITIVE_INFINITY;
      this.#disarm = undefined;
      this.ring();
    });
  }

  stop(): void {
    this.#disarm?.();
    // No later wish is earlier than this.
    this.#at = Number.NEGATIVE_INFINITY;
  }
}
