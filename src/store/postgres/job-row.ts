import {
  type Counts,
  type DeadReason,
  type Lock,
  NO_COUNTS,
  type OutcomeSource,
  type Priority,
  type RunCause,
  type Standing,
  type StoredJob,
} from "../../core/job.js";
import { readBytes } from "../bytes.js";
import { type DefinitionText, definitionText } from "../text/definition-text.js";
import { pauseOf, pauseText } from "../text/pause-text.js";
import { progressOf, progressText } from "../text/progress-text.js";
import { addStanding, type Draft, type StandingText, standingText } from "../text/standing-text.js";
import { triggerOf } from "../text/trigger-text.js";
import type { Cell, Row } from "./database.js";
import { labelsText } from "./labels.js";

const SHORT = [
  "slug",
  "kind",
  "pri",
  "due",
  "at",
  "cause",
  "attempt",
  "failures",
  "etag",
  "rev",
  "fence",
  "pause",
  "dead",
  "expire_at",
  "lock_token",
  "lock_lease",
  "lock_stream",
  "lock_slot",
  "lock_since",
  "updated_at",
  "last_token",
  "last_by",
  "mark",
  "standing",
  "kept_occurrence",
  "kept_trigger_count",
  "kept_counts",
  "definition",
  "last_error",
  "progress",
];

/** A job's columns, in the order in which `jobOf` takes them. `j` is the table's alias. */
export const CELLS = [...SHORT, "last_result", "checkpoint", "payload"].map((name) => `j.${name}`).join(", ");
/** Without what may be large. */
export const BARE_CELLS = `${SHORT.map((name) => `j.${name}`).join(", ")}, NULL, NULL, NULL`;

type Cells = readonly [
  slug: string,
  kind: string,
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
  mark: string | null,
  standing: string,
  keptOccurrence: number | null,
  keptTriggerCount: number | null,
  keptCounts: string | null,
  definition: string,
  lastError: string | null,
  progress: string | null,
  lastResult: Uint8Array | null,
  checkpoint: Uint8Array | null,
  payload: Uint8Array | null,
];

/** A job as it was read, with what tells whether it is still the same. */
export interface ReadJob {
  readonly job: StoredJob;
  readonly definition: string;
  readonly mark: string | undefined;
}

export function readJobOf(row: Row): ReadJob {
  const cells = row as unknown as Cells;
  return { job: jobOf(row), definition: cells[27], mark: cells[22] ?? undefined };
}

export function jobOf(row: Row): StoredJob {
  const cells = row as unknown as Cells;
  const definition = JSON.parse(cells[27]) as DefinitionText;
  const standing = JSON.parse(cells[23]) as StandingText;
  const [, , , , , , , , , , , , , , , , , , , , , lastBy, , , keptOccurrence, keptTriggerCount, keptCounts] = cells;
  const counts = keptCounts === null ? standing.counts : (JSON.parse(keptCounts) as Partial<Counts>);
  const job: Draft = {
    slug: cells[0],
    uid: definition.uid,
    kind: cells[1],
    priority: cells[2],
    trigger: triggerOf(definition.trigger),
    triggerFrom: new Date(definition.triggerFrom),
    policy: definition.policy ?? {},
    payload: readBytes(cells[32]),
    contentType: definition.contentType ?? "",
    labels: definition.labels ?? {},
    traceContext: definition.traceContext ?? {},
    createdAt: new Date(definition.createdAt),
    occurrence: new Date(keptOccurrence ?? standing.occurrence),
    cause: cells[5],
    attempt: cells[6],
    failures: cells[7],
    releases: standing.releases ?? 0,
    snoozes: standing.snoozes ?? 0,
    losses: standing.losses ?? 0,
    triggerCount: keptTriggerCount ?? standing.triggerCount ?? 0,
    counts: counts ? { ...NO_COUNTS, ...counts } : NO_COUNTS,
    etag: cells[8],
    rev: cells[9],
    fence: cells[10],
    updatedAt: new Date(cells[19]),
  };
  if (definition.createId !== undefined) job.createId = definition.createId;
  if (definition.requestId !== undefined) job.requestId = definition.requestId;
  if (definition.backfillOf !== undefined) job.backfillOf = definition.backfillOf;
  addColumns(job, cells);
  addStanding(job, standing, cells[20], lastBy);
  addLong(job, cells);
  return job;
}

function addColumns(job: Draft, cells: Cells): void {
  const [, , , due, at, , , , , , , pause, dead, expireAt, token, lease, stream, slot, since] = cells;
  if (at !== null) job.at = new Date(at);
  if (due !== null) job.due = new Date(due);
  if (pause !== null) job.pause = pauseOf(pause);
  if (dead !== null) job.dead = dead;
  if (expireAt !== null) job.expireAt = new Date(expireAt);
  if (token === null || lease === null) return;
  const lock: { -readonly [name in keyof Lock]: Lock[name] } = { token, lease, since: new Date(since ?? 0) };
  if (stream !== null) lock.stream = stream;
  if (slot !== null) lock.slot = slot;
  job.lock = lock;
}

function addLong(job: Draft, cells: Cells): void {
  const [error, progress, result, checkpoint] = cells.slice(28) as unknown as [
    string | null,
    string | null,
    Uint8Array | null,
    Uint8Array | null,
  ];
  if (error !== null && job.last) job.last = { ...job.last, error: JSON.parse(error) as string };
  if (progress !== null) job.progress = progressOf(progress);
  if (result !== null) job.lastResult = readBytes(result);
  if (checkpoint !== null) job.checkpoint = readBytes(checkpoint);
}

/** A job of `BARE_CELLS`: a success without result left a mark instead of one. */
export function bareJobOf(row: Row): StoredJob {
  const { lastResult, ...job } = jobOf(row);
  return job;
}

/** In the order of `STANDING`. */
export function standingCells(standing: Standing): Cell[] {
  const { due, at, expireAt, last, progress, lastResult, checkpoint } = standing;
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
    last?.error ? JSON.stringify(last.error) : null,
    progress ? progressText(progress) : null,
    lastResult?.length ? lastResult : null,
    checkpoint ?? null,
  ];
}

/** In the order of `OWN`. */
export function ownCells(job: StoredJob): Cell[] {
  const { lock, pause } = job;
  return [
    job.kind,
    job.priority,
    job.etag,
    job.fence,
    pause ? pauseText(pause) : null,
    lock?.token ?? null,
    lock?.lease ?? null,
    lock?.stream ?? null,
    lock?.slot ?? null,
    lock ? lock.since.getTime() : null,
  ];
}

/** In the order of `DEFINITION`. */
export function definitionCells(job: StoredJob): Cell[] {
  return [definitionText(job), labelsText(job.labels), job.payload];
}

/** In the order of `FRESH`. */
export function freshCells(job: StoredJob): Cell[] {
  const { due, at } = job;
  return [
    job.slug,
    job.kind,
    job.priority,
    due ? due.getTime() : null,
    at ? at.getTime() : null,
    job.cause,
    job.etag,
    job.rev,
    job.fence,
    job.updatedAt.getTime(),
    standingText(job),
    ...definitionCells(job),
  ];
}

/** In the order of `WHOLE`. */
export function wholeCells(job: StoredJob, mark: string | null): Cell[] {
  const head = [job.slug, job.rev, job.updatedAt.getTime(), mark];
  return [...head, ...ownCells(job), ...standingCells(job), ...definitionCells(job)];
}
