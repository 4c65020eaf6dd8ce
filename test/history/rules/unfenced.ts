import type { Fault } from "../faults.js";
import type { Attempt, History } from "../history.js";

/** A token that is not the lock's changes nothing, and fences grow strictly with each hand-out. */
export function* unfenced(history: History): Iterable<Fault> {
  for (const { slug, run, receipt, stored } of history.attempts) {
    if (stored?.state === "succeeded" && stored.result !== run) {
      yield { slug, why: `${run} holds the result of ${stored.result || "nobody"}` };
    }
    if (receipt?.state === "recorded" && (stored?.state === "lost" || stored?.state === "released")) {
      yield { slug, why: `${run} was settled as ${stored.state}, and its worker was told that its result is recorded` };
    }
  }
  for (const [slug, attempts] of history.bySlug) yield* fences(slug, attempts, history.clockErrorMs);
  for (const { slug, lastResult } of history.jobs.values()) {
    const newest = newestSuccess(history, slug);
    if (newest !== undefined && lastResult !== newest) {
      yield { slug, why: `its last result is of ${lastResult}, and the newest success is ${newest}` };
    }
  }
}

/** `attempts` are in the order of their fences: their hand-outs must be in it too. */
function* fences(slug: string, attempts: readonly Attempt[], clockErrorMs: number): Iterable<Fault> {
  for (const [index, next] of attempts.entries()) {
    const before = attempts[index - 1];
    if (!before?.begun || !next.begun) continue;
    if (before.begun.fence === next.begun.fence) {
      yield { slug, why: `${before.run} and ${next.run} have the same fence` };
    } else if (before.stored && next.stored && next.stored.startedAt + clockErrorMs < before.stored.startedAt) {
      yield { slug, why: `${next.run} was handed out before ${before.run}, and its fence is greater` };
    }
  }
}

function newestSuccess(history: History, slug: string): string | undefined {
  const successes = (history.bySlug.get(slug) ?? []).filter(({ stored }) => stored?.state === "succeeded");
  return successes.at(-1)?.run;
}
