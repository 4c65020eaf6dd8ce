import {
  type Counts,
  type DeadReason,
  type LastOutcome,
  type Lock,
  NO_COUNTS,
  type OutcomeSource,
  type Pause,
  type Priority,
  type Progress,
  type RunCause,
  type RunState,
  type Standing,
  type StoredJob,
} from "../../core/job.js";
import type { Row, Value } from "./connection.js";
import { definitionOf } from "./definition-text.js";
import { askedRun, keptOccurrence, type StandingText } from "./standing-text.js";

/**
 * A job as rows and back. Reads select the narrow columns as one JSON array: libsql makes one cell of it, which costs about a
 * quarter of a cell each. `s` is `job_state`, `j` is `jobs`.
 */
export const JOB_COLUMNS = `json_array(s.id, s.slug, s.kind_id, s.pri, s.due, s.at, s.cause, s.attempt, s.failures, s.etag,
  s.rev, s.fence, s.pause, s.dead, s.expire_at, s.lock_token, s.lock_lease, s.lock_stream, s.lock_slot, s.lock_since,
  s.updated_at, s.last_token, s.last_by, s.info), s.standing, j.definition`;

type Facts = readonly [
  id: number,
  slug: string,
  kindId: number,
  priority: Priority,
  due: number | null,
  at: number | null,
  cause: RunCause,
  attempt: number,
  failures: number,
  etag: string,
  rev: number,
  fence: number,
  pause: string | null,
  dead: DeadReason | null,
  expireAt: number | null,
  lockToken: string | null,
  lockLease: string | null,
  lockStream: number | null,
  lockSlot: number | null,
  lockSince: number | null,
  updatedAt: number,
  lastToken: string | null,
  lastBy: OutcomeSource | null,
  info: number,
];

export type Mutable<T> = { -readonly [name in keyof T]: T[name] };

/** A job as it was read, with its number in the file. */
export interface ReadJob {
  readonly id: number;
  /** It has a row in `job_info`. */
  readonly hasInfo: boolean;
  readonly definition: string;
  readonly job: StoredJob;
}

/** One that is still being read. */
export interface UnfinishedJob extends Omit<ReadJob, "job"> {
  readonly job: Mutable<StoredJob>;
}

const EMPTY = new Uint8Array(0);

/** From the columns of `JOB_COLUMNS`, and the payload where it was selected; without what is in `job_info`. */
export function jobOfRow(row: Row, kindName: (id: number) => string): UnfinishedJob {
  const [factsText, standingText, definition, payload] = row as [string, string, string, Uint8Array | null | undefined];
  const [id, slug, kindId, priority, due, at, cause, attempt, failures, etag, rev, fence, ...rest] = JSON.parse(
    factsText,
  ) as Facts;
  const [pause, dead, expireAt, token, lease, stream, slot, since, updatedAt, lastToken, lastBy, info] = rest;
  const standing = JSON.parse(standingText) as StandingText;
  const job: Mutable<StoredJob> = {
    slug,
    kind: kindName(kindId),
    priority,
    ...definitionOf(definition),
    payload: payload ? bytes(payload) : EMPTY,
    occurrence: new Date(standing.occurrence),
    cause,
    attempt,
    failures,
    releases: standing.releases ?? 0,
    snoozes: standing.snoozes ?? 0,
    losses: standing.losses ?? 0,
    triggerCount: standing.triggerCount ?? 0,
    counts: standing.counts ? countsOf(standing.counts) : NO_COUNTS,
    etag,
    rev,
    fence,
    updatedAt: new Date(updatedAt),
  };
  if (at !== null) job.at = new Date(at);
  if (due !== null) job.due = new Date(due);
  if (dead !== null) job.dead = dead;
  if (expireAt !== null) job.expireAt = new Date(expireAt);
  if (pause !== null) job.pause = pauseOf(pause);
  if (token !== null && lease !== null) job.lock = lockOf(token, lease, stream, slot, since);
  if (standing.last && lastToken !== null && lastBy !== null) job.last = lastOf(standing.last, lastToken, lastBy);
  addRare(job, standing);
  return { id, hasInfo: info === 1, definition, job };
}

/** libsql answers with Buffers, which are not equal to the arrays that were stored. */
export function bytes(blob: Uint8Array): Uint8Array {
  return blob.length === 0 ? EMPTY : new Uint8Array(blob.buffer, blob.byteOffset, blob.length);
}

function addRare(job: Mutable<StoredJob>, standing: StandingText): void {
  if (standing.byHand) job.byHand = true;
  if (standing.regular) job.regular = keptOccurrence(standing.regular);
  if (standing.again) job.again = askedRun(standing.again);
  if (standing.ran) job.ran = askedRun(standing.ran);
  if (standing.cancel !== undefined) job.cancel = standing.cancel;
  if (standing.payloadEdited) job.payloadEdited = true;
  if (standing.emptyResult) job.lastResult = EMPTY;
  if (standing.lastSuccessAt !== undefined) job.lastSuccessAt = new Date(standing.lastSuccessAt);
}

function countsOf(text: Partial<Counts>): Counts {
  return { ...NO_COUNTS, ...text };
}

function lockOf(token: string, lease: string, stream: number | null, slot: number | null, since: number | null): Lock {
  const lock: Mutable<Lock> = { token, lease, since: new Date(since ?? 0) };
  if (stream !== null) lock.stream = stream;
  if (slot !== null) lock.slot = slot;
  return lock;
}

function lastOf(text: NonNullable<StandingText["last"]>, token: string, by: OutcomeSource): LastOutcome {
  return { token, state: text.state as RunState, by, endedAt: new Date(text.endedAt), error: "" };
}

export function pauseText(pause: Pause): string {
  return JSON.stringify({ reason: pause.reason, at: pause.at.getTime() });
}

export function pauseOf(text: string): Pause {
  const read = JSON.parse(text) as { readonly reason: string; readonly at: number };
  return { reason: read.reason, at: new Date(read.at) };
}

export function progressText(progress: Progress): string {
  return JSON.stringify({ ...progress, at: progress.at.getTime() });
}

export function progressOf(text: string): Progress {
  const read = JSON.parse(text) as { readonly fraction?: number; readonly note: string; readonly at: number };
  return { ...read, at: new Date(read.at) };
}

/** The columns of `job_state` that an outcome writes, in the order of `STANDING_COLUMNS`. */
export const STANDING_COLUMNS = [
  "due",
  "at",
  "cause",
  "attempt",
  "failures",
  "dead",
  "expire_at",
  "last_token",
  "last_by",
  "info",
  "standing",
] as const;

export function standingValues(standing: Standing, hasInfo: boolean, text: string): Value[] {
  return [
    standing.due?.getTime() ?? null,
    standing.at?.getTime() ?? null,
    standing.cause,
    standing.attempt,
    standing.failures,
    standing.dead ?? null,
    standing.expireAt?.getTime() ?? null,
    standing.last?.token ?? null,
    standing.last?.by ?? null,
    hasInfo ? 1 : 0,
    text,
  ];
}

/** The other columns of `job_state`: what callers and locks write. */
export const OWN_COLUMNS = [
  "slug",
  "kind_id",
  "pri",
  "etag",
  "rev",
  "fence",
  "pause",
  "lock_token",
  "lock_lease",
  "lock_stream",
  "lock_slot",
  "lock_since",
  "updated_at",
] as const;

export function ownValues(job: StoredJob, kindId: number, rev: number, updatedAt: Date): Value[] {
  const { lock } = job;
  return [
    job.slug,
    kindId,
    job.priority,
    job.etag,
    rev,
    job.fence,
    job.pause ? pauseText(job.pause) : null,
    lock?.token ?? null,
    lock?.lease ?? null,
    lock?.stream ?? null,
    lock?.slot ?? null,
    lock?.since.getTime() ?? null,
    updatedAt.getTime(),
  ];
}
