import type { Store } from "../store/store.js";
import type { Clock } from "./clock.js";

/** Readings of the first measurement: the shortest round trip of a few. Later ones only follow the drift. */
const FIRST_TRIES = 3;
/** A reading that took longer, in ms, says little: the store hung, or this process was stopped before it saw the answer. */
const SLOW_MS = 100;
/** How much two clocks drift apart at most, as a part of the time that passes: NTP corrects one by 500 millionths at most. */
const DRIFT = 0.0005;

/**
 * The store's clock, reckoned from this process's monotonic one. A reading `s` was taken somewhere between the call and its
 * answer: at the answer the store's clock shows at least `s`, so that offset never claims early, and is late by at most
 * the round trip. A slow reading only corrects what was known before where the two exclude each other: then the store's
 * clock has jumped.
 */
export class StoreClock {
  /** Of the store's clock to the monotonic one: certainly not above, and about. */
  #least = 0;
  #about = 0;
  /** When they were reckoned, by the monotonic clock. */
  #at: number | undefined;
  /** Hundreds of results come in one millisecond: they share its Date. */
  #now = new Date(0);

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
  ) {}

  /** Resolves to the error bound in ms. */
  async measure(): Promise<number> {
    let best: Reading | undefined;
    for (let tries = this.#at === undefined ? FIRST_TRIES : 1; tries > 0 && tripOf(best) > 0.5; tries--) {
      const sent = this.clock.mono();
      const shown = (await this.store.now()).getTime();
      const answered = this.clock.mono();
      if (answered - sent < tripOf(best)) best = { sent, shown, answered };
    }
    if (best) this.#take(best);
    return tripOf(best);
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

  #take({ sent, shown, answered }: Reading): void {
    // The offset lies between these two.
    const from = shown - answered;
    const to = shown - sent;
    const known = this.#least - (answered - (this.#at ?? answered)) * DRIFT;
    const keeps = this.#at !== undefined && to - from > SLOW_MS && known >= from && known <= to;
    this.#least = keeps ? known : from;
    this.#about = keeps ? Math.min(Math.max(this.#about, known), to) : (from + to) / 2;
    this.#at = answered;
  }
}

/** What the store's clock showed, and the monotonic clock before and after. */
interface Reading {
  readonly sent: number;
  readonly shown: number;
  readonly answered: number;
}

function tripOf(reading: Reading | undefined): number {
  return reading ? reading.answered - reading.sent : Number.POSITIVE_INFINITY;
}
