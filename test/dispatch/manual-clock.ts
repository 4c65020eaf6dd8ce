import type { Clock } from "../../src/dispatch/clock.js";

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly call: () => void;
}

/** Lets everything happen that is ready to: promises that are settled, and what follows from them. */
export async function ready(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** A clock that stands still until a test turns it. */
export class ManualClock implements Clock {
  #now = 0;
  #order = 0;
  #timers: Timer[] = [];

  mono(): number {
    return this.#now;
  }

  after(ms: number, call: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, ms), order: this.#order++, call };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  }

  soon(call: () => void): void {
    queueMicrotask(call);
  }

  get pending(): number {
    return this.#timers.length;
  }

  /** Turns the clock, timer by timer, each with all that follows from it. */
  async advance(ms: number): Promise<void> {
    await ready();
    const end = this.#now + ms;
    for (;;) {
      const next = this.#next(end);
      if (!next) break;
      this.#now = Math.max(this.#now, next.at);
      this.#timers = this.#timers.filter((one) => one !== next);
      next.call();
      await ready();
    }
    this.#now = end;
    await ready();
  }

  /** The process was stopped: time passes, and nothing happens. Overdue timers come with the next `advance`. */
  stopped(ms: number): void {
    this.#now += ms;
  }

  #next(end: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at > end) continue;
      if (!first || timer.at < first.at || (timer.at === first.at && timer.order < first.order)) first = timer;
    }
    return first;
  }
}
