import { occurrenceId, type StoredJob } from "./job.js";
import { limit } from "./limits.js";
import { newJob } from "./new-job.js";

/** What a backfilled occurrence has of its own. */
export interface BackfillMarks {
  readonly uid: string;
  readonly traceContext: StoredJob["traceContext"];
}

/**
 * A job of its own that runs one occurrence of another job's trigger, once, from now on. It does what that job does as it is
 * now: kind, payload, labels, priority and policy, of which what is inherited stays so. The occurrence names it and is its
 * scheduled time, so that its worker knows which time it runs for. It stays for a day after its run: a repeat finds it.
 */
export function backfillOf(
  job: StoredJob,
  occurrence: Date,
  { uid, traceContext }: BackfillMarks,
  now: Date,
): StoredJob {
  const { slug, kind, payload, contentType, labels, priority } = job;
  const policy = { ...job.policy, jobRetentionMs: limit("backfill_kept_ms") };
  const trigger = { type: "once", time: occurrence } as const;
  const name = occurrenceId(slug, occurrence);
  const made = { slug: name, uid, kind, payload, contentType, labels, priority, trigger, policy, traceContext };
  return { ...newJob(made, now), at: now, due: now, cause: "backfill", backfillOf: slug };
}
