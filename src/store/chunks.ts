/** In their order, so many at a time. */
export function chunks<T>(all: readonly T[], most: number): T[][] {
  const parts: T[][] = [];
  for (let from = 0; from < all.length; from += most) parts.push(all.slice(from, from + most));
  return parts;
}
