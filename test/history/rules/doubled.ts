import type { Fault } from "../faults.js";
import type { Attempt, History } from "../history.js";

/**
 * An occurrence runs again only where its attempt failed, timed out, was handed back by its worker, or its worker was gone for
 * longer than the grace.
 */
export function* doubled(history: History): Iterable<Fault> {
  for (const attempt of history.attempts) {
    const why = takenWithoutCause(attempt, history);
    if (why) yield { slug: attempt.slug, why };
  }
  for (const [slug, attempts] of history.bySlug) {
    for (const [index, attempt] of attempts.entries()) {
      const again = attempts[index + 1];
      if (!again || again.begun?.occurrence !== attempt.begun?.occurrence) continue;
      const state = attempt.stored?.state;
      if (state === undefined || state === "succeeded" || state === "cancelled") {
        yield { slug, why: `${again.run} runs the occurrence again, and ${attempt.run} is ${state ?? "nowhere"}` };
      }
    }
  }
}

function takenWithoutCause({ run, begun, times, ended, stored }: Attempt, history: History): string | undefined {
  if (times > 1) return `${run} began ${times} times`;
  if (!begun || !stored) return undefined;
  if (stored.state === "released" && ended?.said !== "release") {
    return `${run} was handed back as never begun, and ${begun.by} had begun it`;
  }
  if (stored.state !== "lost") return undefined;
  const goneMs = history.presence.longestGoneMs(begun.by, stored.startedAt, stored.endedAt);
  const killedAt = history.presence.killedAt(begun.by);
  // A worker notices a broken stream later than its server, and writes so later still.
  if (goneMs >= history.graceMs * 0.9 || (killedAt !== undefined && killedAt <= stored.endedAt)) return undefined;
  return `${run} was lost, and ${begun.by} was gone for ${Math.round(goneMs)} ms at most`;
}
