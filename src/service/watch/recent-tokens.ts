/** Tokens with the moment they were added at, oldest first; of too many the oldest go. */
export class RecentTokens {
  readonly #addedAt = new Map<string, number>();

  constructor(private readonly most: number) {}

  get size(): number {
    return this.#addedAt.size;
  }

  has(token: string): boolean {
    return this.#addedAt.has(token);
  }

  add(token: string, now: number): void {
    this.#addedAt.set(token, now);
    if (this.#addedAt.size <= this.most) return;
    const [oldest] = this.#addedAt.keys();
    if (oldest !== undefined) this.#addedAt.delete(oldest);
  }

  /** Forgets those that were added before this moment. */
  forget(before: number): void {
    for (const [token, addedAt] of this.#addedAt) {
      if (addedAt >= before) return;
      this.#addedAt.delete(token);
    }
  }
}
