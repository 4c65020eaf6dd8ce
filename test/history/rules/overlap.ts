import type { Fault } from "../faults.js";
import type { Attempt, History } from "../history.js";

/**
 * An attempt is valid from its hand-out until its outcome is stored. The next one began after its own hand-out: so it may not
 * begin before the one before it has ended, by the worker's word where that was stored, and by the store's in any case.
 */
export function* overlap(history: History): Iterable<Fault> {
  for (const [slug, attempts] of history.bySlug) {
    for (const [index, next] of attempts.entries()) {
      const before = attempts[index - 1];
      if (!before?.stored || !next.begun) continue;
      if (!isOver(before, next, history.clockErrorMs)) {
        yield { slug, why: `${next.run} began while ${before.run} was valid (it ended as ${before.stored.state})` };
      }
    }
  }
}

function isOver({ ended, stored }: Attempt, { begun }: Attempt, clockErrorMs: number): boolean {
  if (!stored || !begun) return true;
  const wordStored = stored.state === "succeeded" || stored.state === "failed" || stored.state === "snoozed";
  if (wordStored && ended && begun.at < ended.at) return false;
  return begun.wall + clockErrorMs >= stored.endedAt;
}
