/** A frame takes at most 1 MiB, or holds one item; a little is left for what surrounds the items. */
const frameLimit = 1024 * 1024 - 64;

/** Cuts a list into parts that fit a frame each. `bytes` is an upper bound of an item's size. */
export function inFrames<T>(items: readonly T[], bytes: (item: T) => number): T[][] {
  const parts: T[][] = [];
  let part: T[] = [];
  let size = 0;
  for (const item of items) {
    const more = bytes(item);
    if (part.length > 0 && size + more > frameLimit) {
      parts.push(part);
      part = [];
      size = 0;
    }
    part.push(item);
    size += more;
  }
  if (part.length > 0) parts.push(part);
  return parts;
}
