import { compareBytewise } from "../bytewise.js";

/**
 * The slugs in bytewise order, sorted only when somebody reads a list: what was added since the last reading is merged in,
 * what was removed is dropped then.
 */
export class SlugOrder {
  #sorted: string[] = [];
  #added: string[] = [];
  #removed = 0;
  readonly #has: (slug: string) => boolean;

  constructor(has: (slug: string) => boolean) {
    this.#has = has;
  }

  add(slug: string): void {
    this.#added.push(slug);
  }

  removed(): void {
    this.#removed++;
    // Jobs that come and go while nobody lists them must not pile up.
    if (this.#removed > 1_024 && this.#removed * 2 > this.#sorted.length + this.#added.length) this.#drop();
  }

  /** Every slug, in order. The array is valid until the next write. */
  all(): readonly string[] {
    if (this.#removed > 0) this.#drop();
    if (this.#added.length > 0) this.#merge();
    return this.#sorted;
  }

  /** A slug that was removed and added again is in both: its older place is dropped by the merge. */
  #drop(): void {
    this.#sorted = this.#sorted.filter(this.#has);
    this.#added = [...new Set(this.#added.filter(this.#has))];
    this.#removed = 0;
  }

  #merge(): void {
    const added = this.#added.sort(compareBytewise);
    const sorted = this.#sorted;
    const merged: string[] = [];
    const take = (slug: string): void => {
      if (merged.at(-1) !== slug) merged.push(slug);
    };
    let next = 0;
    for (const slug of added) {
      for (; next < sorted.length && compareBytewise(sorted[next] as string, slug) < 0; next++)
        take(sorted[next] as string);
      take(slug);
    }
    for (; next < sorted.length; next++) take(sorted[next] as string);
    this.#sorted = merged;
    this.#added = [];
  }
}

/** The first position whose slug is at least this one. */
export function lowerBound(sorted: readonly string[], slug: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareBytewise(sorted[middle] as string, slug) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
