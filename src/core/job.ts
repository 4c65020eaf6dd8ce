import type { PolicyInput } from "./policy.js";
import type { Trigger } from "./trigger.js";

/** What its owner says of a job. Only callers' writes change it, and each changes `etag`. */
export interface JobDefinition {
  readonly slug: string;
  /** Random, given at creation: tells two jobs apart that had the same slug. */
  readonly uid: string;
  readonly kind: string;
  /** 0 is urgent and 3 is low, so that index order is claim order. */
  readonly priority: Priority;
  readonly trigger: Trigger;
  /** When this trigger was stored, by the store's clock; later where a retry was put off by hand: it goes on after that. */
  readonly triggerFrom: Date;
  /** The job's own policy; what is absent is inherited from its kind, then from the server. */
  readonly policy: PolicyInput;
  readonly payload: Uint8Array;
  readonly contentType: string;
  readonly labels: Readonly<Record<string, string>>;
  /** W3C trace context of the schedule call. */
  readonly traceContext: Readonly<Record<string, string>>;
  readonly backfillOf?: string;
  readonly createdAt: Date;
  /** The call that created this job, or updated it in place of creating it: its runs are that call's. */
  readonly createId?: string;
  /** The newest create, update or replace. */
  readonly requestId?: string;
}

export type Priority = 0 | 1 | 2 | 3;

/** Which occurrence is next or out, and how the job stands: what `settle` computes, written whole with each outcome. */
export interface Standing {
  /** The scheduled time of the next or current occurrence. */
  readonly occurrence: Date;
  readonly cause: RunCause;
  /** The occurrence's time was set by hand (delay, next_time): misfire policies leave it alone. */
  readonly byHand?: true;
  /** The next due time, kept through lock and pause. Absent in dead and completed jobs. */
  readonly at?: Date;
  /** Present, and equal to `at`, exactly while the job may be claimed. */
  readonly due?: Date;
  /** The trigger's occurrence, kept beside one that RunJob made. Where it is absent then, the job ends after that run. */
  readonly regular?: KeptOccurrence;
  /** RunJob, asked while a task was out. */
  readonly again?: AskedRun;
  /** The newest RunJob that was carried out: a repeat of it asks for nothing more. */
  readonly ran?: AskedRun;
  /** Counted attempts of this occurrence, one that is out included. */
  readonly attempt: number;
  /** Failed, timed-out and lost attempts of this occurrence. */
  readonly failures: number;
  /** Releases by workers in a row: the next one waits longer. */
  readonly releases: number;
  /** Snoozes of this occurrence. */
  readonly snoozes: number;
  /** Lost attempts in a row. */
  readonly losses: number;
  /** Occurrences that the stored trigger gave, this one included; 0 where it was changed while a task was out. */
  readonly triggerCount: number;
  /** The token whose cancellation a caller asked for. */
  readonly cancel?: string;
  /** A caller changed the payload while the task was out: the task's own new payload then does not count. */
  readonly payloadEdited?: true;
  readonly last?: LastOutcome;
  readonly lastResult?: Uint8Array;
  readonly lastSuccessAt?: Date;
  /** What the task that is out reported last. */
  readonly progress?: Progress;
  /** Of the newest attempt of this occurrence, for the next one. */
  readonly checkpoint?: Uint8Array;
  readonly counts: Counts;
  readonly dead?: DeadReason;
  /** When a completed job is removed. */
  readonly expireAt?: Date;
}

export interface KeptOccurrence {
  readonly occurrence: Date;
  readonly at: Date;
  readonly byHand?: true;
}

export interface AskedRun {
  readonly occurrence: Date;
  /** Empty where the caller gave none. */
  readonly requestId: string;
}

export interface Progress {
  readonly fraction?: number;
  readonly note: string;
  readonly at: Date;
}

export interface LastOutcome {
  readonly token: string;
  readonly state: RunState;
  readonly by: OutcomeSource;
  readonly endedAt: Date;
  /** Empty after a success; at most 8 KiB. */
  readonly error: string;
}

export interface Counts {
  readonly succeeded: number;
  readonly failed: number;
  readonly lost: number;
  readonly cancelled: number;
  /** Of the trigger: those that ended and those that were missed. */
  readonly occurrences: number;
  readonly missed: number;
  readonly exhausted: number;
  readonly released: number;
  readonly snoozed: number;
}

/** A task is out: whoever holds the token may report its outcome. */
export interface Lock {
  /** 16 random bytes in lower-case hex, drawn for this attempt alone. */
  readonly token: string;
  /** The server that keeps its timeout and may end it. */
  readonly lease: string;
  /** The worker stream of the newest adoption; absent until one. */
  readonly stream?: number;
  /** Its place under the kind's `max_running`. */
  readonly slot?: number;
  /** The hand-out, by the store's clock. */
  readonly since: Date;
}

/** One stored document per slug. */
export interface StoredJob extends JobDefinition, Standing {
  /** Changes with every caller's write. */
  readonly etag: string;
  /** Changes with every write. */
  readonly rev: number;
  /** Grows with every hand-out of this slug; starts at the store's time in microseconds. */
  readonly fence: number;
  readonly lock?: Lock;
  readonly pause?: Pause;
  readonly updatedAt: Date;
}

export interface Pause {
  readonly reason: string;
  readonly at: Date;
}

export type RunCause = "trigger" | "run_job" | "backfill";
export type DeadReason = "exhausted" | "permanent_failure" | "trigger_error" | "cancelled";
export type RunState = "succeeded" | "failed" | "timed_out" | "lost" | "cancelled" | "released" | "snoozed";
/** Who said how an attempt ended. */
export type OutcomeSource = "worker" | "server" | "caller";
export type JobState = "scheduled" | "running" | "retrying" | "paused" | "dead" | "completed";

export const NO_COUNTS: Counts = {
  succeeded: 0,
  failed: 0,
  lost: 0,
  cancelled: 0,
  occurrences: 0,
  missed: 0,
  exhausted: 0,
  released: 0,
  snoozed: 0,
};

/** Derived, never stored, so that it can't disagree. */
export function stateOf(job: StoredJob): JobState {
  if (job.lock) return "running";
  if (job.dead) return "dead";
  if (job.expireAt) return "completed";
  if (job.pause && job.cause !== "run_job") return "paused";
  return job.failures > 0 ? "retrying" : "scheduled";
}

/**
 * `due` as it must be for a job that is not locked: present exactly while the job may be claimed. A paused job may be claimed
 * for a run that a caller asked for.
 */
export function dueOf(job: Pick<StoredJob, "at" | "dead" | "expireAt" | "pause" | "cause">): Date | undefined {
  if (job.dead || job.expireAt) return undefined;
  if (job.pause && job.cause !== "run_job") return undefined;
  return job.at;
}

/** Of an occurrence that no worker was handed yet. */
export const NOT_BEGUN = { attempt: 0, failures: 0, releases: 0, snoozes: 0, losses: 0 } as const;

/** The current occurrence was handed to a worker before: it keeps its time, whatever passes. Of a job that is not locked. */
export function hasBegun(job: Pick<Standing, "attempt" | "releases" | "snoozes">): boolean {
  return job.attempt > 0 || job.releases > 0 || job.snoozes > 0;
}

/** slug@time, the same for every attempt of one occurrence: RFC 3339, UTC, milliseconds. */
export function occurrenceId(slug: string, occurrence: Date): string {
  const ms = occurrence.getTime();
  const second = Math.floor(ms / 1_000);
  // Tasks go out in the order they are due, so most are of the same second: 0.1 us, where toISOString takes 0.5.
  if (second !== newest.second) newest = { second, text: occurrence.toISOString().slice(0, -"000Z".length) };
  return `${slug}@${newest.text}${String(ms - second * 1_000).padStart(3, "0")}Z`;
}

/** A memo: the answers are the same without it. */
let newest = { second: Number.NaN, text: "" };
