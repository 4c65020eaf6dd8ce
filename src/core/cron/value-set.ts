/**
 * The values of one field, from 0 to `size` - 1, as look-up tables: each question of the search is one array read. 0xff stands
 * for "none", so that a field has at most 255 values; the years (230) are the most there are.
 */
export class ValueSet {
  readonly #next: Uint8Array;
  readonly #previous: Uint8Array;
  readonly #below: Uint8Array;
  /** How many values it holds. */
  readonly count: number;

  constructor(size: number, has: (value: number) => boolean) {
    this.#next = new Uint8Array(size + 1).fill(NONE);
    this.#previous = new Uint8Array(size).fill(NONE);
    this.#below = new Uint8Array(size + 1);
    let last = NONE;
    for (let value = 0; value < size; value++) {
      const held = has(value);
      if (held) last = value;
      this.#previous[value] = last;
      this.#below[value + 1] = (this.#below[value] ?? 0) + (held ? 1 : 0);
    }
    let first = NONE;
    for (let value = size - 1; value >= 0; value--) {
      if (this.#previous[value] === value) first = value;
      this.#next[value] = first;
    }
    this.count = this.#below[size] ?? 0;
  }

  has(value: number): boolean {
    return this.#next[value] === value;
  }

  /** The least value at or above `value` (0 to size), or -1. */
  atLeast(value: number): number {
    const found = this.#next[value] ?? NONE;
    return found === NONE ? -1 : found;
  }

  /** The greatest value at or below `value` (-1 to size - 1), or -1. */
  atMost(value: number): number {
    const found = this.#previous[value] ?? NONE;
    return found === NONE ? -1 : found;
  }

  /** How many values lie below `value` (0 to size). */
  below(value: number): number {
    return this.#below[value] ?? 0;
  }

  get first(): number {
    return this.atLeast(0);
  }

  get last(): number {
    return this.atMost(this.#previous.length - 1);
  }
}

const NONE = 0xff;
