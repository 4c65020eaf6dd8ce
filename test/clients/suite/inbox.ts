/** What came and was not taken yet, in order, each with the moment of its arrival. */
export class Inbox<T> {
  readonly #items: { readonly item: T; readonly at: number }[] = [];
  readonly #waiting = new Set<() => void>();
  #closed: string | undefined;
  /** Settles with the first thing that comes, or with the end. */
  readonly some: Promise<void>;
  #came = () => {};

  constructor() {
    this.some = new Promise((resolve) => {
      this.#came = resolve;
    });
  }

  push(item: T): void {
    this.#items.push({ item, at: performance.now() });
    this.#tell();
  }

  /** Nothing more comes, and why: whoever waits is told. */
  close(why: string): void {
    this.#closed ??= why;
    this.#tell();
  }

  #tell(): void {
    this.#came();
    for (const call of [...this.#waiting]) call();
  }

  get rest(): readonly T[] {
    return this.#items.map(({ item }) => item);
  }

  /** Takes the oldest that fits. Rejects with what was waited for where none comes in time. */
  async take(
    what: string,
    withinMs: number,
    fits: (item: T) => boolean = () => true,
  ): Promise<{ readonly item: T; readonly at: number }> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const index = this.#items.findIndex(({ item }) => fits(item));
      const [found] = index < 0 ? [] : this.#items.splice(index, 1);
      if (found) return found;
      if (this.#closed) throw new Error(`${what} did not come: ${this.#closed}`);
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw new Error(`${what} did not come within ${withinMs} ms`);
      await new Promise<void>((resolve) => {
        const done = () => {
          clearTimeout(timer);
          this.#waiting.delete(done);
          resolve();
        };
        const timer = setTimeout(done, leftMs);
        this.#waiting.add(done);
      });
    }
  }
}
