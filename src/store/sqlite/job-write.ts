import type { Standing, StoredJob } from "../../core/job.js";
import type { Settled } from "../../core/settle.js";
import { ownBytes, storedBytes } from "../bytes.js";
import { isFresh } from "../fresh.js";
import { definitionText } from "../text/definition-text.js";
import { pauseText } from "../text/pause-text.js";
import { progressText } from "../text/progress-text.js";
import { standingText } from "../text/standing-text.js";
import type { InfoValues, JobWrites, StandingWrite, Value } from "./wire.js";

/** Jobs that are stored for the first time. */
export function jobWrites(jobs: readonly StoredJob[]): JobWrites {
  const columns: Value[] = [];
  const whole: number[] = [];
  const info = new Map<number, InfoValues>();
  const ends: number[] = [];
  let end = 0;
  for (const [at, job] of jobs.entries()) {
    end += job.payload.length;
    ends.push(end);
    if (isFresh(job)) {
      columns.push(...freshColumns(job));
      continue;
    }
    whole.push(at);
    columns.push(...ownColumns(job, job.rev), ...standingColumns(job));
    const values = infoOf(job);
    if (values) info.set(at, values);
  }
  const payloads = new Uint8Array(end);
  for (const [at, { payload }] of jobs.entries()) payloads.set(payload, (ends[at] ?? 0) - payload.length);
  return {
    slugs: jobs.map(({ slug }) => slug),
    kinds: jobs.map(({ kind }) => kind),
    definitions: jobs.map(definitionText),
    columns,
    whole,
    payloads,
    ends,
    info,
  };
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
