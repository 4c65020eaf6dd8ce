import type { StoredJob } from "../core/job.js";
import type { ServiceParts } from "./parts.js";

/** Tells dispatch of jobs that were written, once for all of them: when the first is due, and of which kinds they are. */
export function wakeFor(parts: ServiceParts, jobs: Iterable<StoredJob>): void {
  let at: Date | undefined;
  const kinds = new Set<string>();
  for (const job of jobs) {
    if (!job.due) continue;
    kinds.add(job.kind);
    if (!at || job.due < at) at = job.due;
  }
  if (at) parts.dispatch.wake({ due: { kinds, at } });
}
