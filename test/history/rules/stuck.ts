import type { Fault } from "../faults.js";
import type { FinalJob } from "../final.js";
import type { History } from "../history.js";

/** At the end each lock is somebody's, and what is due runs. To be asked once all is quiet. */
export function* stuck(history: History): Iterable<Fault> {
  const { orphans } = history.final;
  const known = new Set(orphans);
  for (const slug of orphans) yield { slug, why: "it is locked, and its lease is not live" };
  const running = new Map(history.attempts.map((attempt) => [attempt.run, attempt]));
  for (const job of history.jobs.values()) {
    if (known.has(job.slug)) continue;
    if (isOverdue(job, history)) {
      yield { slug: job.slug, why: `it is ${job.state} and was due ${history.final.wall - (job.dueAt ?? 0)} ms ago` };
    }
    if (job.currentRun === undefined) continue;
    const attempt = running.get(job.currentRun);
    const endedMs = attempt?.ended && history.final.wall - attempt.ended.wall;
    const isGone = attempt?.begun && history.presence.killedAt(attempt.begun.by) !== undefined;
    if (!attempt?.begun || isGone || (endedMs ?? 0) > history.lateMs) {
      yield { slug: job.slug, why: `it is locked for ${job.currentRun}, which no worker runs` };
    }
  }
}

function isOverdue({ state, dueAt }: FinalJob, { final, lateMs }: History): boolean {
  return (state === "scheduled" || state === "retrying") && dueAt !== undefined && final.wall - dueAt > lateMs;
}
