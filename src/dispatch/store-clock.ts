import type { Store } from "../store/store.js";
import type { Clock } from "./clock.js";

/** Readings of the first measurement: the shortest round trip of a few. Later ones only follow the drift. */
const FIRST_TRIES = 3;

/**
 * The store's clock, reckoned from this process's monotonic one. A reading `s` was taken somewhere between the call and its
 * answer: at the answer the store's clock shows at least `s`, so that offset never claims early, and is late by at most
 * the round trip.
 */
export class StoreClock {
  /** Of the store's clock to the monotonic one: certainly not above, and about. */
  #least = 0;
  #about = 0;
  #measured = false;
  /** Hundreds of results come in one millisecond: they share its Date. */
  #now = new Date(0);

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
  ) {}

  /** Resolves to the error bound in ms. */
  async measure(): Promise<number> {
    let best = Number.POSITIVE_INFINITY;
    for (let tries = this.#measured ? 1 : FIRST_TRIES; tries > 0 && best > 0.5; tries--) {
      const sent = this.clock.mono();
      const shown = (await this.store.now()).getTime();
      const answered = this.clock.mono();
      if (answered - sent >= best) continue;
      best = answered - sent;
      this.#least = shown - answered;
      this.#about = shown - (sent + answered) / 2;
    }
    this.#measured = true;
    return best;
  }

  /** For what is recorded and shown. */
  now(): Date {
    const ms = Math.floor(this.clock.mono() + this.#about);
    if (ms !== this.#now.getTime()) this.#now = new Date(ms);
    return this.#now;
  }

  /** In whole ms, never ahead of the store's own: what is due by this is due. */
  dueBy(): number {
    return Math.floor(this.clock.mono() + this.#least);
  }

  /** Until `at` (by the store's clock) is certainly reached, in ms. */
  msUntil(at: number): number {
    return at - (this.clock.mono() + this.#least);
  }
}
