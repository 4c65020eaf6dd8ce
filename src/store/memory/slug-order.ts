import { compareBytewise, sortBytewise } from "../bytewise.js";

/**
 * The slugs in bytewise order, sorted only when somebody reads a list: what came and went since the last reading is found its
 * place then. That costs a few comparisons for each of these, and a copy of the rest: 10 ms in a million.
 */
export class SlugOrder {
  #sorted: string[] = [];
  #added: string[] = [];
  #removed: string[] = [];
  readonly #has: (slug: string) => boolean;

  constructor(has: (slug: string) => boolean) {
    this.#has = has;
  }

  add(slug: string): void {
    this.#added.push(slug);
  }

  removed(slug: string): void {
    this.#removed.push(slug);
    // Jobs that come and go while nobody lists them must not pile up.
    const most = Math.max(1_024, (this.#sorted.length + this.#added.length) / 2);
    if (this.#removed.length > most) this.#drop();
  }

  /** Every slug, in order. The array is valid until the next write. */
  all(): readonly string[] {
    if (this.#removed.length > 0) this.#drop();
    if (this.#added.length > 0) this.#merge();
    return this.#sorted;
  }

  /** A slug that was removed and added again has kept its place, and takes no second one. */
  #drop(): void {
    if (this.#sorted.length > 0) {
      const gone = [...new Set(this.#removed)].filter((slug) => !this.#has(slug));
      this.#sorted = without(this.#sorted, sortBytewise(gone));
    }
    this.#added = this.#added.filter(this.#has);
    this.#removed = [];
  }

  #merge(): void {
    this.#sorted = withAlso(this.#sorted, sortBytewise([...new Set(this.#added)]));
    this.#added = [];
  }
}

/** Both are sorted; a slug that is not there is passed over. */
function without(sorted: readonly string[], slugs: readonly string[]): string[] {
  const left = new Copy(sorted, sorted.length);
  for (const slug of slugs) {
    const at = lowerBound(sorted, slug, left.from);
    left.until(at);
    if (sorted[at] === slug) left.from = at + 1;
  }
  return left.done();
}

/** Both are sorted; a slug that is there already stays where it is. */
function withAlso(sorted: readonly string[], slugs: readonly string[]): string[] {
  const all = new Copy(sorted, sorted.length + slugs.length);
  for (const slug of slugs) {
    const at = lowerBound(sorted, slug, all.from);
    all.until(at);
    if (sorted[at] !== slug) all.put(slug);
  }
  return all.done();
}

/** A copy that grows from its beginning, its length known before: six times as fast as one that is pushed to. */
class Copy {
  /** What is copied next. */
  from = 0;
  readonly #to: string[];
  #length = 0;

  constructor(
    private readonly source: readonly string[],
    most: number,
  ) {
    this.#to = new Array<string>(most);
  }

  until(end: number): void {
    const to = this.#to;
    for (; this.from < end; this.from++) to[this.#length++] = this.source[this.from] as string;
  }

  put(slug: string): void {
    this.#to[this.#length++] = slug;
  }

  done(): string[] {
    this.until(this.source.length);
    this.#to.length = this.#length;
    return this.#to;
  }
}

/** The first position, from `from` on, whose slug is at least this one. */
export function lowerBound(sorted: readonly string[], slug: string, from = 0): number {
  let low = from;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareBytewise(sorted[middle] as string, slug) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
