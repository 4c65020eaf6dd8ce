import type { Standing, StoredJob } from "../../core/job.js";
import type { Settled } from "../../core/settle.js";
import { ownBytes, storedBytes } from "./bytes.js";
import { definitionText } from "./definition-text.js";
import { pauseText, progressText } from "./job-row.js";
import { standingText } from "./standing-text.js";
import type { InfoValues, JobWrite, StandingWrite, Value } from "./wire.js";

/** A job that is stored for the first time. */
export function jobWrite(job: StoredJob): JobWrite {
  return {
    slug: job.slug,
    kind: job.kind,
    columns: isFresh(job) ? freshColumns(job) : [...ownColumns(job, job.rev), ...standingColumns(job)],
    definition: definitionText(job),
    payload: storedBytes(job.payload),
    info: infoOf(job),
  };
}

/** Its other columns have their defaults: nearly every job that is created, in half the values. */
function isFresh(job: StoredJob): boolean {
  return !(job.lock || job.pause || job.dead || job.expireAt || job.last || job.attempt > 0 || job.failures > 0);
}

/** In the order of `FRESH_COLUMNS`. */
function freshColumns(job: StoredJob): Value[] {
  const { due, at } = job;
  return [
    job.priority,
    job.etag,
    job.rev,
    job.fence,
    job.updatedAt.getTime(),
    due ? due.getTime() : null,
    at ? at.getTime() : null,
    job.cause,
    standingText(job),
  ];
}

/** In the order of `OWN_COLUMNS`. */
export function ownColumns(job: StoredJob, rev: number): Value[] {
  const { lock, pause } = job;
  return [
    job.priority,
    job.etag,
    rev,
    job.fence,
    pause ? pauseText(pause) : null,
    lock?.token ?? null,
    lock?.lease ?? null,
    lock?.stream ?? null,
    lock?.slot ?? null,
    lock ? lock.since.getTime() : null,
    job.updatedAt.getTime(),
  ];
}

/** In the order of `STANDING_COLUMNS`. */
export function standingColumns(standing: Standing): Value[] {
  const { due, at, expireAt, last } = standing;
  return [
    due ? due.getTime() : null,
    at ? at.getTime() : null,
    standing.cause,
    standing.attempt,
    standing.failures,
    standing.dead ?? null,
    expireAt ? expireAt.getTime() : null,
    last?.token ?? null,
    last?.by ?? null,
    standingText(standing),
  ];
}

/** Null: the job is deleted. */
export function standingWrite(settled: Settled): StandingWrite | null {
  if (settled.type === "delete") return null;
  const { standing, payload } = settled;
  return {
    columns: standingColumns(standing),
    info: infoOf(standing),
    payload: payload === undefined ? null : [storedBytes(payload)],
  };
}

export function infoOf(standing: Pick<Standing, "last" | "progress" | "lastResult" | "checkpoint">): InfoValues | null {
  const { last, progress, lastResult, checkpoint } = standing;
  if (!last?.error && !progress && !lastResult?.length && !checkpoint) return null;
  return [
    last?.error ? JSON.stringify(last.error) : null,
    progress ? progressText(progress) : null,
    lastResult ? storedBytes(lastResult) : null,
    checkpoint ? ownBytes(checkpoint) : null,
  ];
}
