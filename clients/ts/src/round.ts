/**
 * Who is asked after whom: each server at most once in a round, and the one that was left when it began only after all others.
 *
 *     asked in vain ... -> all were asked -> begin -> ...
 *     one served -> begin: what comes after it is another round
 */
export class Round {
  readonly #asked = new Set<string>();
  #last: string | undefined;
  #left: string | undefined;

  /** Those of `all` that may be asked next; none where the round is over. */
  rest<T extends { readonly address: string }>(all: readonly T[]): readonly T[] {
    const unasked = all.filter(({ address }) => !this.#asked.has(address));
    const others = unasked.filter(({ address }) => address !== this.#left);
    return others.length > 0 ? others : unasked;
  }

  asked({ address }: { readonly address: string }): void {
    this.#asked.add(address);
    this.#last = address;
  }

  begin(): void {
    this.#asked.clear();
    this.#left = this.#last;
  }
}
