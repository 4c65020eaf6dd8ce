import { limit } from "../core/limits.js";
import type { Page } from "../store/store.js";

/** One page of a list as the store gives it: `count` items at most, from `after` on. */
export type Fetch<T> = (after: string | undefined, count: number) => Promise<Page<T>>;

export interface PageRequest {
  /** 1 to `page_size`. */
  readonly limit: number;
  readonly after?: string;
}

/** How many items are asked of the store at once: the first time, and later, when their average size is known, at most. */
export interface Chunks {
  readonly first: number;
  readonly most: number;
}

/** Items of at most some 30 KiB. */
export const SMALL: Chunks = { first: 100, most: 1_000 };
/** Items of up to 1 MiB: a chunk of the largest is 64 MiB, for a moment. */
export const LARGE: Chunks = { first: 8, most: 64 };

/**
 * One page of at most `request.limit` items and 1 MiB, or one item. It is read in chunks, so that no more than a page is ever
 * held, and ends where the store ends its own: it has looked at as many items as it will.
 */
export async function fillPage<T>(
  fetch: Fetch<T>,
  sizeOf: (item: T) => number,
  request: PageRequest,
  chunks: Chunks,
): Promise<Page<T>> {
  const items: T[] = [];
  let bytes = 0;
  let after = request.after;
  while (items.length < request.limit) {
    const count = nextChunk(items.length, bytes, request.limit, chunks);
    const page = await fetch(after, count);
    const fitting = howManyFit(page.items, sizeOf, bytes, items.length === 0);
    if (fitting < page.items.length) {
      if (fitting === 0) return { items, ...(after !== undefined && { next: after }) };
      // A cursor stands only where the store gave one: the same start once more, up to what fits.
      const start = await fetch(after, fitting);
      items.push(...start.items);
      return { items, ...(start.next !== undefined && { next: start.next }) };
    }
    items.push(...page.items);
    for (const item of page.items) bytes += sizeOf(item);
    after = page.next;
    if (after === undefined) return { items };
    if (page.items.length < count) break;
  }
  return { items, ...(after !== undefined && { next: after }) };
}

/** As many as should fit, by the average so far. */
function nextChunk(have: number, bytes: number, limited: number, { first, most }: Chunks): number {
  const left = limited - have;
  if (have === 0) return Math.min(left, first);
  const average = Math.max(1, bytes / have);
  return Math.max(1, Math.min(left, most, Math.floor((limit("page_bytes") - bytes) / average)));
}

function howManyFit<T>(items: readonly T[], sizeOf: (item: T) => number, before: number, first: boolean): number {
  let bytes = before;
  for (const [n, item] of items.entries()) {
    bytes += sizeOf(item);
    if (bytes > limit("page_bytes") && !(first && n === 0)) return n;
  }
  return items.length;
}
