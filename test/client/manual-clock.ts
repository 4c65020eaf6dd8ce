import type { Clock } from "@tickwire/client/internal";

interface Timer {
  readonly at: number;
  readonly call: () => void;
}

/** Time that stands still until a test turns it. */
export class ManualClock implements Clock {
  #now = 1_000_000;
  #timers = new Set<Timer>();
  #soon: (() => void)[] = [];

  mono(): number {
    return this.#now;
  }

  after(ms: number, call: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, ms), call };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  soon(call: () => void): void {
    this.#soon.push(call);
  }

  /** Timers that wait. */
  get waiting(): number {
    return this.#timers.size;
  }

  /** The end of a turn: promises first, then what was put off until now; until nothing is left. */
  async settle(): Promise<void> {
    for (;;) {
      for (let i = 0; i < 10; i++) await Promise.resolve();
      const soon = this.#soon.splice(0);
      if (soon.length === 0) return;
      for (const call of soon) call();
    }
  }

  /** Lets time pass; timers fire in their order, each at its own time. */
  async turn(ms: number): Promise<void> {
    const until = this.#now + ms;
    await this.settle();
    for (;;) {
      const next = [...this.#timers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.call();
      await this.settle();
    }
    this.#now = until;
  }

  /** Time passes while the process does not run: every timer that came due fires late, at the end. */
  async freeze(ms: number): Promise<void> {
    this.#now += ms;
    await this.turn(0);
  }
}
