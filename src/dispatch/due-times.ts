/**
 * For each kind, a moment before which nothing of it is due, as far as this server knows: in ms by the store's clock. A kind that it
 * knows nothing of may be due now.
 */
export class DueTimes {
  readonly #notBefore = new Map<string, number>();
  /** At their `max_running`: nothing to ask for until a slot is freed, or the poll. */
  readonly #full = new Set<string>();

  at(kind: string): number {
    if (this.#full.has(kind)) return Number.POSITIVE_INFINITY;
    return this.#notBefore.get(kind) ?? Number.NEGATIVE_INFINITY;
  }

  /** Something of this kind is due at this moment. */
  lower(kind: string, at: number): void {
    const known = this.#notBefore.get(kind);
    if (known !== undefined && at < known) this.#notBefore.set(kind, at);
  }

  /** About to be asked for: what is heard of it from here on counts. */
  asked(kind: string): void {
    this.#notBefore.set(kind, Number.POSITIVE_INFINITY);
  }

  /** Nothing is known of these any more. */
  forget(kinds: Iterable<string>): void {
    for (const kind of kinds) this.#notBefore.delete(kind);
  }

  full(kind: string): void {
    this.#full.add(kind);
  }

  freed(kind: string): boolean {
    return this.#full.delete(kind);
  }

  /** Those that were full may not be: they are asked again. */
  freeAll(): void {
    for (const kind of this.#full) this.#notBefore.delete(kind);
    this.#full.clear();
  }

  /** Kinds that no worker serves any more. */
  keep(kinds: ReadonlySet<string>): void {
    for (const kind of this.#notBefore.keys()) if (!kinds.has(kind)) this.#notBefore.delete(kind);
    for (const kind of this.#full) if (!kinds.has(kind)) this.#full.delete(kind);
  }

  /**
   * Of more kinds than there are places, about as many as there are, some of them with something due: halves them by asking when the
   * next of a half is due, so that one place serves a thousand kinds with ten questions, not a thousand claims.
   */
  async narrow(
    kinds: readonly string[],
    places: number,
    now: number,
    nextRun: (kinds: readonly string[]) => Promise<Date | undefined>,
  ): Promise<Set<string>> {
    let some = kinds;
    while (some.length > Math.max(places, 1)) {
      const half = some.slice(0, Math.ceil(some.length / 2));
      for (const kind of half) this.asked(kind);
      const at = await this.learn(half, nextRun);
      some = at && at.getTime() <= now ? half : some.slice(half.length);
    }
    return new Set(some);
  }

  /** What the store says of kinds that were asked for; where it can't say, nothing is known of them. */
  async learn(
    kinds: readonly string[],
    nextRun: (kinds: readonly string[]) => Promise<Date | undefined>,
  ): Promise<Date | undefined> {
    let at: Date | undefined;
    try {
      at = await nextRun(kinds);
    } catch (error) {
      this.forget(kinds);
      throw error;
    }
    if (at) for (const kind of kinds) this.lower(kind, at.getTime());
    return at;
  }
}
