import type { Fault } from "../faults.js";
import type { History } from "../history.js";

/** No attempt begins before its occurrence's time, nor before it was due, which for a retry is later. */
export function* early(history: History): Iterable<Fault> {
  for (const { slug, run, begun, stored } of history.attempts) {
    if (!begun) continue;
    const earlyMs = Math.max(begun.scheduledAt, stored?.dueAt ?? 0) - begun.wall;
    if (earlyMs > 0) yield { slug, why: `${run} began ${earlyMs} ms before its time` };
  }
}
