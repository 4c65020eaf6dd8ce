import type { Fault } from "../faults.js";
import type { History } from "../history.js";

/** What was acknowledged is there: a job until it has succeeded or its owner deletes it, a result for good. */
export function* lost(history: History): Iterable<Fault> {
  const succeeded = new Set<string>();
  for (const { slug, stored } of history.attempts) if (stored?.state === "succeeded") succeeded.add(slug);
  const deleted = new Set<string>();
  for (const { slug } of history.of("delete")) deleted.add(slug);
  for (const { slug, answer } of history.of("scheduled")) {
    if (answer !== "acknowledged" || deleted.has(slug)) continue;
    if (!succeeded.has(slug) && !history.jobs.has(slug)) {
      yield { slug, why: "it was acknowledged, never succeeded, and is not there any more" };
    }
  }
  for (const { slug, run, receipt, stored } of history.attempts) {
    if (receipt?.state === "recorded" && !stored) yield { slug, why: `the recorded result of ${run} is not there` };
  }
}
