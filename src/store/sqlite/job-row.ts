import {
  type DeadReason,
  type Lock,
  NO_COUNTS,
  type OutcomeSource,
  type Priority,
  type RunCause,
  type StoredJob,
} from "../../core/job.js";
import { bytesOfHex, readBytes } from "../bytes.js";
import type { DefinitionText } from "../text/definition-text.js";
import { pauseOf } from "../text/pause-text.js";
import { progressOf } from "../text/progress-text.js";
import { addStanding, type Draft, type StandingText } from "../text/standing-text.js";
import { triggerOf } from "../text/trigger-text.js";
import type { InfoValues, JobRows, LockedRows } from "./wire.js";

/** A stored job as one JSON text; the engine's `JOB_TEXT` makes it, in this order. */
type JobText = readonly [
  columns: Columns,
  standing: StandingText,
  definition: DefinitionText,
  /** In hex; 0: it is too long, and beside the text. */
  payload: string | 0,
];

type Columns = readonly [
  id: number,
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
];

/** A job as it was read, with its number in the file. */
export interface ReadJob {
  readonly id: number;
  readonly job: StoredJob;
}

export function jobsOf(rows: JobRows): StoredJob[] {
  return (JSON.parse(rows.text) as JobText[]).map((text) => draftOf(text, rows));
}

/** The only one. */
export function jobOf(rows: JobRows): StoredJob {
  const [job] = jobsOf(rows);
  if (!job) throw new Error("the engine answered with no job");
  return job;
}

export function readJobsOf(rows: JobRows): ReadJob[] {
  return (JSON.parse(rows.text) as JobText[]).map((text) => ({ id: text[0][0], job: draftOf(text, rows) }));
}

const TOKEN_LENGTH = 32;

/** The jobs as the lock left them. */
export function lockedJobsOf({ rows, tokens, slots }: LockedRows, lease: string, since: Date): StoredJob[] {
  return (JSON.parse(rows.text) as JobText[]).map((text, at) => {
    const job = draftOf(text, rows);
    const token = tokens.slice(at * TOKEN_LENGTH, (at + 1) * TOKEN_LENGTH);
    const slot = slots?.[at];
    job.lock = slot === undefined ? { token, lease, since } : { token, lease, slot, since };
    job.attempt++;
    job.fence++;
    job.rev++;
    job.updatedAt = since;
    return job;
  });
}

/** Written out field by field: with spreads it takes three times as long, and every task's way out of the file is here. */
function draftOf([columns, standing, definition, payload]: JobText, rows: JobRows): Draft {
  const job: Draft = {
    slug: columns[1],
    uid: definition.uid,
    kind: columns[2],
    priority: columns[3],
    trigger: triggerOf(definition.trigger),
    triggerFrom: new Date(definition.triggerFrom),
    policy: definition.policy ?? {},
    payload: payload === 0 ? readBytes(rows.payloads.get(columns[0]) ?? null) : bytesOfHex(payload),
    contentType: definition.contentType ?? "",
    labels: definition.labels ?? {},
    traceContext: definition.traceContext ?? {},
    createdAt: new Date(definition.createdAt),
    occurrence: new Date(standing.occurrence),
    cause: columns[6],
    attempt: columns[7],
    failures: columns[8],
    releases: standing.releases ?? 0,
    snoozes: standing.snoozes ?? 0,
    losses: standing.losses ?? 0,
    triggerCount: standing.triggerCount ?? 0,
    counts: standing.counts ? { ...NO_COUNTS, ...standing.counts } : NO_COUNTS,
    etag: columns[9],
    rev: columns[10],
    fence: columns[11],
    updatedAt: new Date(columns[20]),
  };
  if (definition.createId !== undefined) job.createId = definition.createId;
  if (definition.requestId !== undefined) job.requestId = definition.requestId;
  if (definition.backfillOf !== undefined) job.backfillOf = definition.backfillOf;
  addColumns(job, columns);
  addStanding(job, standing, columns[21], columns[22]);
  const info = rows.info.size > 0 ? rows.info.get(columns[0]) : undefined;
  if (info) addInfo(job, info);
  return job;
}

function addColumns(job: Draft, columns: Columns): void {
  const [, , , , due, at, , , , , , , pause, dead, expireAt, token, lease] = columns;
  if (at !== null) job.at = new Date(at);
  if (due !== null) job.due = new Date(due);
  if (pause !== null) job.pause = pauseOf(pause);
  if (dead !== null) job.dead = dead;
  if (expireAt !== null) job.expireAt = new Date(expireAt);
  if (token === null || lease === null) return;
  const lock: { -readonly [name in keyof Lock]: Lock[name] } = { token, lease, since: new Date(columns[19] ?? 0) };
  if (columns[17] !== null) lock.stream = columns[17];
  if (columns[18] !== null) lock.slot = columns[18];
  job.lock = lock;
}

function addInfo(job: Draft, [error, progress, result, checkpoint]: InfoValues): void {
  if (error !== null && job.last) job.last = { ...job.last, error: JSON.parse(error) as string };
  if (progress !== null) job.progress = progressOf(progress);
  if (result !== null) job.lastResult = readBytes(result);
  if (checkpoint !== null) job.checkpoint = readBytes(checkpoint);
}
