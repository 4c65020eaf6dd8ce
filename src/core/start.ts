import type { StoredJob } from "./job.js";
import { dueOf } from "./job.js";
import type { Policy } from "./policy.js";
import { countBetween, newestUpTo, nextAfter } from "./schedule.js";
import { type Settled, standingOf } from "./settle.js";

/**
 * What to do with a locked job before its task is sent: run its occurrence as it is; run it after `keep` is written under the
 * token (an occurrence that is pending later takes its place, the others are missed); or `free` it, because the misfire policy
 * finds nothing to run.
 */
export type Start =
  | { readonly type: "run"; readonly keep?: Pick<StoredJob, "occurrence" | "at" | "triggerCount" | "counts"> }
  | { readonly type: "free"; readonly settled: Settled };

/** Decides misfires for an occurrence that was never sent; one that had begun, or whose time was set by hand, is left alone. */
export function start(job: StoredJob, policy: Policy, now: Date): Start {
  const begun = job.attempt > 1 || job.releases > 0 || job.snoozes > 0;
  if (begun || job.byHand || job.cause !== "trigger" || job.trigger.type === "once") return { type: "run" };
  if (policy.misfire === "replay") return { type: "run" };
  const newest = newestUpTo(job.trigger, job.occurrence, now) ?? job.occurrence;
  const late = now.getTime() - newest.getTime() >= policy.misfireGraceMs;
  if (policy.misfire === "skip" && late) return skipped(job, newest, now);
  if (newest.getTime() === job.occurrence.getTime()) return { type: "run" };
  return { type: "run", keep: { occurrence: newest, at: newest, ...missing(job, passedBy(job, newest)) } };
}

/** Occurrences from the job's own up to, and without, `newest`: as many as lie after it up to and with `newest`. */
function passedBy(job: StoredJob, newest: Date): number {
  return newest > job.occurrence ? countBetween(job.trigger, job.occurrence, newest).count : 0;
}

function missing(job: StoredJob, missed: number): Pick<StoredJob, "triggerCount" | "counts"> {
  const { counts } = job;
  return {
    triggerCount: job.triggerCount + missed,
    counts: { ...counts, missed: counts.missed + missed, occurrences: counts.occurrences + missed },
  };
}

/** All that is pending is missed; the task is given up, uncounted, for the trigger's next time. */
function skipped(job: StoredJob, newest: Date, now: Date): Start {
  const next = nextAfter(job.trigger, now);
  const missed = passedBy(job, newest) + 1;
  const { due, at, ...rest } = standingOf(job);
  const standing = { ...rest, ...missing(job, missed), attempt: job.attempt - 1 };
  if (!next) return { type: "free", settled: { type: "delete" } };
  const moved = { ...standing, occurrence: next, at: next };
  const dueNext = dueOf({ ...moved, ...(job.pause && { pause: job.pause }) });
  return { type: "free", settled: { type: "put", standing: dueNext ? { ...moved, due: dueNext } : moved } };
}
