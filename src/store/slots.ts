/**
 * Numbered slots under a kind's `max_running`: from 1 to `limit`. A lock takes a number that is unique per kind, so nothing
 * counts, and nothing can leak: freeing the lock frees its number.
 *
 * Chooses at most `want` free ones, and never more than `limit` less those held, of whatever number. At random, so that two
 * servers that read the same seldom draw the same; but the lowest while a number above `limit` is held (it was lowered):
 * then two that read the same must collide, or together they would go over it. `random` is uniform in [0, 1).
 */
export function freeSlots(limit: number, held: ReadonlySet<number>, want: number, random: () => number): number[] {
  const count = Math.min(want, limit - held.size);
  if (count <= 0) return [];
  const free: number[] = [];
  let above = false;
  for (const slot of held) above ||= slot > limit;
  for (let slot = 1; slot <= limit && !(above && free.length === count); slot++) if (!held.has(slot)) free.push(slot);
  if (!above) drawFirst(free, count, random);
  return free.slice(0, count);
}

/** Puts `count` of them, drawn at random, in front. */
function drawFirst(free: number[], count: number, random: () => number): void {
  for (let i = 0; i < count; i++) {
    const from = i + Math.floor(random() * (free.length - i));
    const drawn = free[from];
    const here = free[i];
    if (drawn === undefined || here === undefined) throw new Error("random must be in [0, 1)");
    free[i] = drawn;
    free[from] = here;
  }
}
