import { compareBytewise } from "../bytewise.js";
import type { Page } from "../store.js";

/**
 * One page of several of the same beginning, each in the order of its slugs: as far as all of them have got, and no further. One
 * may be short, where it looked at as much as it may.
 */
export function mergePages<T extends { readonly slug: string }>(pages: readonly Page<T>[], limit: number): Page<T> {
  const [only] = pages;
  if (only && pages.length === 1) return only;
  const [end] = pages.flatMap(({ next }) => next ?? []).sort(compareBytewise);
  // What changed meanwhile may be in two.
  const found = new Map(pages.flatMap(({ items }) => items.map((one) => [one.slug, one] as const)));
  const complete = [...found.values()]
    .filter(({ slug }) => end === undefined || compareBytewise(slug, end) <= 0)
    .sort((one, other) => compareBytewise(one.slug, other.slug));
  const items = complete.slice(0, limit);
  const next = complete.length > limit ? items.at(-1)?.slug : end;
  return next === undefined ? { items } : { items, next };
}
