import { followedBy, nextOfTrigger } from "./advance.js";
import { dueTime } from "./due-time.js";
import { dueOf, NOT_BEGUN, type Standing, type StoredJob } from "./job.js";
import type { Mutable } from "./mutable.js";
import { nthNewest } from "./nth.js";
import { type Pending, pendingOf } from "./pending.js";
import type { Policy } from "./policy.js";
import type { Settled } from "./settle.js";

/**
 * What to do with a locked job before its task is sent: run its occurrence as it is; run it after `keep` is written under the
 * token (an occurrence that is pending later takes its place, the others are missed); or `free` it, because the misfire policy
 * finds nothing to run.
 */
export type Start =
  | { readonly type: "run"; readonly keep?: Pick<StoredJob, "occurrence" | "at" | "triggerCount" | "counts"> }
  | { readonly type: "free"; readonly settled: Settled };

const AS_IT_IS: Start = { type: "run" };

/** Decides misfires for an occurrence that was never sent; one that had begun, or whose time was set by hand, is left alone. */
export function start(job: StoredJob, policy: Policy, now: Date): Start {
  const begun = job.attempt > 1 || job.releases > 0 || job.snoozes > 0;
  if (begun || job.byHand || job.cause !== "trigger" || job.trigger.type === "once") return AS_IT_IS;
  const pending = pendingOf(job, now);
  const { newest, due, older } = pending;
  switch (policy.misfire) {
    case "fire_once":
      return from(job, newest, due, older);
    case "skip": {
      const late = now.getTime() - due.getTime() >= policy.misfireGraceMs;
      return late ? skipped(job, policy, pending, now) : from(job, newest, due, older);
    }
    case "replay": {
      const missed = older + 1 - policy.maxReplays;
      if (missed <= 0) return AS_IT_IS;
      if (missed === older) return from(job, newest, due, older);
      const oldest = nthNewest(job.trigger, job.occurrence, newest, policy.maxReplays);
      return from(job, oldest, dueTime(job.trigger, job.uid, oldest), missed);
    }
  }
}

/** The job's own occurrence and those after it up to, and without, this one are missed. */
function from(job: StoredJob, occurrence: Date, at: Date, missed: number): Start {
  return missed === 0 ? AS_IT_IS : { type: "run", keep: { occurrence, at, ...missing(job, missed) } };
}

/** `triggerCount` is that of the occurrence after them. */
function missing({ counts, triggerCount }: StoredJob, missed: number): Pick<StoredJob, "triggerCount" | "counts"> {
  return {
    triggerCount: triggerCount + missed,
    counts: { ...counts, missed: counts.missed + missed, occurrences: counts.occurrences + missed },
  };
}

/** All that is pending is missed; the task is given up, uncounted, for what comes next. */
function skipped(job: StoredJob, policy: Policy, { newest, older }: Pending, now: Date): Start {
  const passed = { ...job, ...missing(job, older), occurrence: newest };
  const next = followedBy(passed, nextOfTrigger(passed, now), now);
  if (!next && policy.jobRetentionMs === 0) return { type: "free", settled: { type: "delete" } };
  const standing: Mutable<Standing> = { ...afterSkip(passed), ...next, ...missing(job, older + 1) };
  standing.triggerCount = next?.triggerCount ?? passed.triggerCount;
  if (!next) standing.expireAt = new Date(now.getTime() + policy.jobRetentionMs);
  const due = dueOf(job.pause ? { ...standing, pause: job.pause } : standing);
  if (due) standing.due = due;
  return { type: "free", settled: { type: "put", standing } };
}

/** The standing at the occurrence that was skipped, without `at`; none of what only held while the task was out. */
function afterSkip({
  occurrence,
  cause,
  triggerCount,
  counts,
  ran,
  last,
  lastResult,
  lastSuccessAt,
}: StoredJob): Standing {
  return {
    occurrence,
    cause,
    ...NOT_BEGUN,
    triggerCount,
    counts,
    ...(ran && { ran }),
    ...(last && { last }),
    ...(lastResult && { lastResult }),
    ...(lastSuccessAt && { lastSuccessAt }),
  };
}
