export { Client, type ClientOptions } from "./client.js";
export type { ConnectionOptions, TlsOptions } from "./connection.js";
export {
  CODES,
  type Code,
  isReason,
  REASONS,
  type Reason,
  TickwireError,
  type TickwireErrorOptions,
  type Violation,
} from "./errors.js";
export type {
  CurrentTask,
  DeadReason,
  Job,
  JobCounts,
  JobInput,
  JobState,
  Pause,
  Priority,
  WaitReason,
} from "./job.js";
export type { JsonOptions } from "./json.js";
export type { Kind, KindInput, KindStats } from "./kind.js";
export { type Log, silentLog } from "./log.js";
export type { Payload } from "./payload.js";
export type { ExhaustedAction, MisfirePolicy, Policy, RetryPolicy } from "./policy.js";
export type * from "./requests.js";
export type { CallOptions, RetryOptions } from "./retry.js";
export type { Run, RunCause, RunState } from "./run.js";
export type { ServerInfo, ServerStatus, Stats, WorkerStatus } from "./server.js";
export type {
  CronDialect,
  CronTrigger,
  IntervalBasis,
  IntervalTrigger,
  OnceTrigger,
  Trigger,
  TriggerBounds,
  TriggerInput,
} from "./trigger.js";
export type { UpdatePath } from "./update-paths.js";
export { version } from "./version.js";
export { type AbortCause, TaskAborted } from "./worker/abort.js";
export type { TaskContext } from "./worker/context.js";
export type { Answer, Handler } from "./worker/invoke.js";
export {
  type Completion,
  complete,
  type Ending,
  PermanentError,
  RetryAfterError,
  release,
  snooze,
} from "./worker/outcome.js";
export type { Task } from "./worker/task.js";
export { type HandleOptions, type RunningWorker, Worker, type WorkerOptions } from "./worker/worker.js";
