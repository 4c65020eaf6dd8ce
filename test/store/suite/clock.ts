/** 2025-01-01T00:00:00Z plus so many seconds. */
export function at(seconds: number): Date {
  return new Date(Date.UTC(2025, 0, 1) + Math.round(seconds * 1_000));
}

/** A store's clock that stands still until it is set; it begins at `at(0)`. */
export class TestClock {
  #now = at(0);

  now(): Date {
    return this.#now;
  }

  set(now: Date): void {
    this.#now = now;
  }

  /** Turns it on by so many seconds, or back. */
  turn(seconds: number): void {
    this.#now = new Date(this.#now.getTime() + seconds * 1_000);
  }
}
