/**
 * Batches in which no slug comes twice, so that each can be read and written as one: items of one slug keep their order, and
 * the second sees what the first did.
 */
export function rounds<T>(
  items: readonly T[],
  slugOf: (item: T) => string,
): { readonly item: T; readonly at: number }[][] {
  const out: { item: T; at: number }[][] = [];
  const seen = new Map<string, number>();
  for (const [at, item] of items.entries()) {
    const slug = slugOf(item);
    const round = seen.get(slug) ?? 0;
    seen.set(slug, round + 1);
    const batch = out[round];
    if (batch) batch.push({ item, at });
    else out.push([{ item, at }]);
  }
  return out;
}
