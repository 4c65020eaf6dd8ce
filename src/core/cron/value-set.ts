const NONE = 0xff;

/**
 * The values of one field, from 0 to `size` - 1, as look-up tables: each question of the search is one array read. 0xff stands
 * for "none", so that a field has at most 255 values; the years (230) are the most there are.
 */
export class ValueSet {
  /** Three tables of `#size` + 1 in one array: the value at or above, the value at or below, and how many lie below. */
  readonly #tables: Uint8Array;
  readonly #size: number;
  readonly #stride: number;
  /** How many values it holds. */
  readonly count: number;
  readonly first: number;
  readonly last: number;

  constructor(size: number, has: (value: number) => boolean) {
    this.#size = size;
    this.#stride = size + 1;
    this.#tables = new Uint8Array(3 * this.#stride).fill(NONE);
    let last = NONE;
    let count = 0;
    for (let value = 0; value < size; value++) {
      this.#tables[2 * this.#stride + value] = count;
      if (has(value)) {
        last = value;
        count++;
      }
      this.#tables[this.#stride + value] = last;
    }
    this.#tables[2 * this.#stride + size] = count;
    let first = NONE;
    for (let value = size - 1; value >= 0; value--) {
      if (this.#tables[this.#stride + value] === value) first = value;
      this.#tables[value] = first;
    }
    this.count = count;
    this.first = this.atLeast(0);
    this.last = this.atMost(size - 1);
  }

  has(value: number): boolean {
    return this.#tables[value] === value;
  }

  /** The least value at or above `value` (0 to size), or -1. */
  atLeast(value: number): number {
    const found = this.#tables[value] ?? NONE;
    return found === NONE ? -1 : found;
  }

  /** The greatest value at or below `value` (-1 to size - 1), or -1. */
  atMost(value: number): number {
    if (value < 0 || value >= this.#size) return -1;
    const found = this.#tables[this.#stride + value] ?? NONE;
    return found === NONE ? -1 : found;
  }

  /** How many values lie below `value` (0 to size). */
  below(value: number): number {
    return this.#tables[2 * this.#stride + value] ?? 0;
  }
}
