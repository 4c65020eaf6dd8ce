import { limit } from "../core/limits.js";
import type { Page } from "../store/store.js";

/** One page of a list as the store gives it: `count` items at most, from `after` on. */
export type Fetch<T> = (after: string | undefined, count: number) => Promise<Page<T>>;

export interface PageRequest {
  /** 1 to `page_size`. */
  readonly limit: number;
  readonly after?: string;
}

/** Few enough that a chunk of the largest items stays far below what a server has, many enough for one trip. */
const FIRST_CHUNK = 32;

/**
 * One page of at most `request.limit` items and 1 MiB, or one item. It is read in chunks, so that no more than a page is ever
 * held, and ends where the store ends its own: it has looked at as many items as it will.
 */
export async function fillPage<T>(
  fetch: Fetch<T>,
  sizeOf: (item: T) => number,
  request: PageRequest,
): Promise<Page<T>> {
  const items: T[] = [];
  let bytes = 0;
  let after = request.after;
  while (items.length < request.limit) {
    const count = chunk(items.length, bytes, request.limit);
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
function chunk(have: number, bytes: number, most: number): number {
  const left = most - have;
  if (have === 0) return Math.min(left, FIRST_CHUNK);
  const average = Math.max(1, bytes / have);
  return Math.max(1, Math.min(left, Math.floor((limit("page_bytes") - bytes) / average)));
}

function howManyFit<T>(items: readonly T[], sizeOf: (item: T) => number, before: number, first: boolean): number {
  let bytes = before;
  for (const [n, item] of items.entries()) {
    bytes += sizeOf(item);
    if (bytes > limit("page_bytes") && !(first && n === 0)) return n;
  }
  return items.length;
}
