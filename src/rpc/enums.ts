import { type Check, show } from "../core/check.js";
import type {
  DeadReason as CoreDeadReason,
  JobState as CoreJobState,
  Priority as CorePriority,
  RunCause as CoreRunCause,
  RunState as CoreRunState,
} from "../core/job.js";
import type { ExhaustedAction as CoreExhaustedAction, MisfirePolicy as CoreMisfirePolicy } from "../core/policy.js";
import type { CronDialect as CoreCronDialect } from "../core/trigger.js";
import {
  CronDialect,
  DeadReason,
  ExhaustedAction,
  IntervalBasis,
  JobState,
  MisfirePolicy,
  Priority,
} from "./gen/tickwire/v1/job.js";
import { RunCause, RunState } from "./gen/tickwire/v1/run.js";

/** Core's name for an enum's number; what has no name here is told to `check`, and undefined. */
export function readEnum<T>(check: Check, field: string, value: number, names: ReadonlyMap<number, T>): T | undefined {
  const name = names.get(value);
  if (name === undefined) {
    const known = [...names.keys()].sort((one, other) => one - other);
    check.bad(field, `must be one of ${known.join(", ")}; got ${show(value)}`);
  }
  return name;
}

function swapped<T extends string | number, N extends number>(table: Record<T, N>, keys: readonly T[]): Map<number, T> {
  return new Map(keys.map((key) => [table[key], key]));
}

export const JOB_STATE = {
  scheduled: JobState.SCHEDULED,
  running: JobState.RUNNING,
  retrying: JobState.RETRYING,
  paused: JobState.PAUSED,
  dead: JobState.DEAD,
  completed: JobState.COMPLETED,
} as const satisfies Record<CoreJobState, JobState>;
export const JOB_STATES = swapped(JOB_STATE, Object.keys(JOB_STATE) as CoreJobState[]);

export const RUN_STATE = {
  succeeded: RunState.SUCCEEDED,
  failed: RunState.FAILED,
  timed_out: RunState.TIMED_OUT,
  lost: RunState.LOST,
  cancelled: RunState.CANCELLED,
  released: RunState.RELEASED,
  snoozed: RunState.SNOOZED,
} as const satisfies Record<CoreRunState, RunState>;
export const RUN_STATES = swapped(RUN_STATE, Object.keys(RUN_STATE) as CoreRunState[]);

export const RUN_CAUSE = {
  trigger: RunCause.TRIGGER,
  run_job: RunCause.RUN_JOB,
  backfill: RunCause.BACKFILL,
} as const satisfies Record<CoreRunCause, RunCause>;

export const DEAD_REASON = {
  exhausted: DeadReason.EXHAUSTED,
  permanent_failure: DeadReason.PERMANENT_FAILURE,
  trigger_error: DeadReason.TRIGGER_ERROR,
  cancelled: DeadReason.CANCELLED,
} as const satisfies Record<CoreDeadReason, DeadReason>;

export const PRIORITY = {
  0: Priority.URGENT,
  1: Priority.HIGH,
  2: Priority.NORMAL,
  3: Priority.LOW,
} as const satisfies Record<CorePriority, Priority>;
/** Unspecified is normal. */
export const PRIORITIES: ReadonlyMap<number, CorePriority> = new Map<number, CorePriority>([
  [Priority.UNSPECIFIED, 2],
  ...swapped(PRIORITY, [0, 1, 2, 3] as CorePriority[]),
]);

export const DIALECT = {
  unix: CronDialect.UNIX,
  quartz: CronDialect.QUARTZ,
} as const satisfies Record<CoreCronDialect, CronDialect>;
/** Unspecified is unix. */
export const DIALECTS: ReadonlyMap<number, CoreCronDialect> = new Map<number, CoreCronDialect>([
  [CronDialect.UNSPECIFIED, "unix"],
  ...swapped(DIALECT, ["unix", "quartz"]),
]);

export const ON_EXHAUSTED = {
  next_occurrence: ExhaustedAction.NEXT_OCCURRENCE,
  dead: ExhaustedAction.DEAD,
} as const satisfies Record<CoreExhaustedAction, ExhaustedAction>;
/** Unspecified is inherited. */
export const EXHAUSTED_ACTIONS: ReadonlyMap<number, CoreExhaustedAction | "inherited"> = new Map<
  number,
  CoreExhaustedAction | "inherited"
>([
  [ExhaustedAction.UNSPECIFIED, "inherited"],
  ...swapped(ON_EXHAUSTED, ["next_occurrence", "dead"] as CoreExhaustedAction[]),
]);

export const MISFIRE_POLICY = {
  fire_once: MisfirePolicy.FIRE_ONCE,
  skip: MisfirePolicy.SKIP,
  replay: MisfirePolicy.REPLAY,
} as const satisfies Record<CoreMisfirePolicy, MisfirePolicy>;
/** Unspecified is inherited. */
export const MISFIRE_POLICIES: ReadonlyMap<number, CoreMisfirePolicy | "inherited"> = new Map<
  number,
  CoreMisfirePolicy | "inherited"
>([
  [MisfirePolicy.UNSPECIFIED, "inherited"],
  ...swapped(MISFIRE_POLICY, ["fire_once", "skip", "replay"] as CoreMisfirePolicy[]),
]);

/** The type of core's trigger that each basis makes. Unspecified is a fixed rate. */
export const BASES: ReadonlyMap<number, "interval" | "fixed_delay"> = new Map<number, "interval" | "fixed_delay">([
  [IntervalBasis.UNSPECIFIED, "interval"],
  [IntervalBasis.FIXED_RATE, "interval"],
  [IntervalBasis.FIXED_DELAY, "fixed_delay"],
]);
