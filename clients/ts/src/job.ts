import type { Payload } from "./payload.js";
import type { Policy } from "./policy.js";
import type { Trigger, TriggerInput } from "./trigger.js";

/** A job to be stored. A {@link Job} that was read can be edited and sent back. */
export interface JobInput {
  /** Unique in the store: 1 to 200 bytes of `[A-Za-z0-9._:/@-]`, starting with a letter or digit. Unset: the server picks one. */
  readonly slug?: string | undefined;
  /** Routes the job to the workers that serve this kind. */
  readonly kind: string;
  /** The worker's input, at most 1 MiB: bytes as they are, a string as UTF-8, anything else as JSON. */
  readonly payload?: Payload | undefined;
  /** Of the payload; unset: `application/json` where it is sent as JSON. */
  readonly contentType?: string | undefined;
  /** At most 32 pairs. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Unset: the kind's; if it has none, the job runs once. */
  readonly trigger?: TriggerInput | undefined;
  readonly policy?: Policy | undefined;
  /** Unset: "normal". "unknown", which a newer server's job may be read with, says nothing. */
  readonly priority?: Priority | "unknown" | undefined;
}

/** A job as the server has it. */
export interface Job {
  readonly slug: string;
  readonly kind: string;
  /** Empty in a basic view. */
  readonly payload: Uint8Array;
  readonly contentType: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly trigger: Trigger | undefined;
  readonly policy: Policy;
  readonly priority: Priority | "unknown" | undefined;
  /** Random, given at creation: tells two jobs apart that had the same slug. */
  readonly uid: string;
  /** Changes with every caller's write. */
  readonly etag: string;
  readonly state: JobState | "unknown";
  /** Present while somebody has it paused. */
  readonly pause: Pause | undefined;
  /** Set while dead. */
  readonly deadReason: DeadReason | "unknown" | undefined;
  /** The occurrence that runs next, as the trigger computed it. */
  readonly scheduledTime: Date | undefined;
  /** When the next attempt is due; unset in dead and completed jobs. */
  readonly dueTime: Date | undefined;
  /** Failed, timed-out and lost attempts of the current occurrence. */
  readonly failures: number;
  /** The newest attempt's error; empty after a success. */
  readonly lastError: string;
  /** The newest success's result, at most 64 KiB. Empty in a basic view. */
  readonly lastResult: Uint8Array;
  readonly lastEndTime: Date | undefined;
  readonly lastSuccessTime: Date | undefined;
  /** Present while running. */
  readonly currentTask: CurrentTask | undefined;
  readonly counts: JobCounts;
  readonly createTime: Date | undefined;
  readonly updateTime: Date | undefined;
  /** When a completed job is removed. */
  readonly expireTime: Date | undefined;
  /** The job that a backfill made this one for; else empty. */
  readonly backfillOf: string;
  /** Only from `getJob`: with the kind's and the server's defaults filled in. */
  readonly effectivePolicy: Policy | undefined;
  /** Only from `getJob`: why a due job is not running. */
  readonly waitingFor: WaitReason | "unknown" | undefined;
}

export type JobState = "scheduled" | "running" | "retrying" | "paused" | "dead" | "completed";
export type DeadReason = "exhausted" | "permanent_failure" | "trigger_error" | "cancelled";
export type WaitReason = "no_worker" | "workers_full" | "max_running" | "kind_paused";
export type Priority = "low" | "normal" | "high" | "urgent";

export interface Pause {
  readonly reason: string;
  readonly pauseTime: Date | undefined;
}

export interface CurrentTask {
  readonly runId: string;
  readonly occurrenceId: string;
  readonly attempt: number;
  readonly workerId: string;
  readonly serverId: string;
  readonly startTime: Date | undefined;
  /** 0 to 1, as the worker reported it last. */
  readonly progress: number | undefined;
  readonly progressNote: string;
  readonly progressTime: Date | undefined;
}

/** How often each thing happened since the job was created. */
export interface JobCounts {
  readonly succeeded: number;
  /** Attempts that failed or timed out. */
  readonly failed: number;
  /** Attempts whose worker or server vanished. */
  readonly lost: number;
  readonly cancelled: number;
  /** Occurrences that the trigger gave. */
  readonly occurrences: number;
  /** Occurrences dropped by the misfire policy. */
  readonly missed: number;
  /** Occurrences given up after their last attempt. */
  readonly exhausted: number;
  readonly released: number;
  readonly snoozed: number;
}
