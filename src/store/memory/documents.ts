import type { JobDefinition, Lock, Pause, Standing, StoredJob } from "../../core/job.js";
import type { Run } from "../../core/run.js";

/** What a store adds to a job's definition and standing. */
export interface Marks {
  readonly etag: string;
  readonly rev: number;
  readonly fence: number;
  readonly updatedAt: Date;
  /** Where it is not the standing's. */
  readonly attempt?: number;
  readonly lock?: Lock | undefined;
  readonly pause?: Pause | undefined;
}

type Draft = { -readonly [name in keyof StoredJob]: StoredJob[name] };

/**
 * A whole document from its parts, written out field by field: 0.5 us, where spreading a job of this size takes 3 to 5 us.
 * Fields that are absent stay absent.
 */
export function document(definition: JobDefinition, standing: Standing, marks: Marks, payload: Uint8Array): StoredJob {
  const job: Draft = {
    slug: definition.slug,
    uid: definition.uid,
    kind: definition.kind,
    priority: definition.priority,
    trigger: definition.trigger,
    triggerFrom: definition.triggerFrom,
    policy: definition.policy,
    payload,
    contentType: definition.contentType,
    labels: definition.labels,
    traceContext: definition.traceContext,
    createdAt: definition.createdAt,
    occurrence: standing.occurrence,
    cause: standing.cause,
    attempt: marks.attempt ?? standing.attempt,
    failures: standing.failures,
    releases: standing.releases,
    snoozes: standing.snoozes,
    losses: standing.losses,
    triggerCount: standing.triggerCount,
    counts: standing.counts,
    etag: marks.etag,
    rev: marks.rev,
    fence: marks.fence,
    updatedAt: marks.updatedAt,
  };
  if (definition.createId !== undefined) job.createId = definition.createId;
  if (definition.requestId !== undefined) job.requestId = definition.requestId;
  if (definition.backfillOf !== undefined) job.backfillOf = definition.backfillOf;
  if (marks.lock !== undefined) job.lock = marks.lock;
  if (marks.pause !== undefined) job.pause = marks.pause;
  addOccurrence(job, standing);
  addHistory(job, standing);
  return job;
}

function addOccurrence(job: Draft, standing: Standing): void {
  if (standing.byHand !== undefined) job.byHand = standing.byHand;
  if (standing.at !== undefined) job.at = standing.at;
  // A job whose task is out is not claimable.
  if (standing.due !== undefined && job.lock === undefined) job.due = standing.due;
  if (standing.regular !== undefined) job.regular = standing.regular;
  if (standing.again !== undefined) job.again = standing.again;
  if (standing.ran !== undefined) job.ran = standing.ran;
  if (standing.dead !== undefined) job.dead = standing.dead;
  if (standing.expireAt !== undefined) job.expireAt = standing.expireAt;
}

function addHistory(job: Draft, standing: Standing): void {
  if (standing.cancel !== undefined) job.cancel = standing.cancel;
  if (standing.payloadEdited !== undefined) job.payloadEdited = standing.payloadEdited;
  if (standing.last !== undefined) job.last = standing.last;
  if (standing.lastResult !== undefined) job.lastResult = standing.lastResult;
  if (standing.lastSuccessAt !== undefined) job.lastSuccessAt = standing.lastSuccessAt;
  if (standing.progress !== undefined) job.progress = standing.progress;
  if (standing.checkpoint !== undefined) job.checkpoint = standing.checkpoint;
}

const EMPTY = new Uint8Array(0);

/** A copy of its own: what arrives from the network is a view on a whole frame, and its owner may write to it again. */
export function ownBytes(bytes: Uint8Array): Uint8Array {
  return bytes.length === 0 ? EMPTY : new Uint8Array(bytes);
}

/**
 * The run of a settled job with bytes of its own. Its effect then says no more than the run does: the job has the rest. Most
 * runs have no bytes, and are kept as they are.
 */
export function ownRun(run: Run): Run {
  const { effect, result } = run;
  const { outcome } = effect;
  if (outcome.type !== "success" || (outcome.result.length === 0 && outcome.payload === undefined)) return run;
  const own = ownBytes(result);
  return { ...run, result: own, effect: { ...effect, outcome: { type: "success", result: own } } };
}

/** The job without what a list leaves out. */
export function withoutBlobs(job: StoredJob): StoredJob {
  const { lastResult, checkpoint, ...rest } = job;
  return { ...rest, payload: EMPTY };
}
