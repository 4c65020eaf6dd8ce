// What the tables read of the server's answers, as proto3 JSON has them: what has its default value is absent, 64-bit integers and spans
// are strings, bytes are base64, enums are their names.

export interface JobJson {
  readonly slug?: string;
  readonly kind?: string;
  readonly payload?: string;
  readonly contentType?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly trigger?: TriggerJson;
  readonly policy?: PolicyJson;
  readonly priority?: string;
  readonly uid?: string;
  readonly etag?: string;
  readonly state?: string;
  readonly pause?: { readonly reason?: string; readonly pauseTime?: string };
  readonly deadReason?: string;
  readonly scheduledTime?: string;
  readonly dueTime?: string;
  readonly failures?: number;
  readonly lastError?: string;
  readonly lastResult?: string;
  readonly lastEndTime?: string;
  readonly lastSuccessTime?: string;
  readonly currentTask?: CurrentTaskJson;
  readonly counts?: Readonly<Record<string, string>>;
  readonly createTime?: string;
  readonly updateTime?: string;
  readonly expireTime?: string;
  readonly backfillOf?: string;
  readonly effectivePolicy?: PolicyJson;
  readonly waitingFor?: string;
}

export interface CurrentTaskJson {
  readonly runId?: string;
  readonly occurrenceId?: string;
  readonly attempt?: number;
  readonly workerId?: string;
  readonly serverId?: string;
  readonly startTime?: string;
  readonly progress?: number;
  readonly progressNote?: string;
}

export interface TriggerJson {
  readonly cron?: { readonly expression?: string; readonly timeZone?: string; readonly dialect?: string };
  readonly interval?: { readonly every?: string; readonly basis?: string; readonly anchorTime?: string };
  readonly once?: { readonly time?: string };
  readonly startTime?: string;
  readonly endTime?: string;
  readonly maxOccurrences?: string;
  readonly jitter?: string;
}

export interface PolicyJson {
  readonly retry?: {
    readonly maxAttempts?: number;
    readonly initialBackoff?: string;
    readonly maxBackoff?: string;
    readonly multiplier?: number;
    readonly onExhausted?: string;
  };
  readonly timeout?: string;
  readonly misfire?: string;
  readonly misfireGrace?: string;
  readonly maxReplays?: number;
  readonly jobRetention?: string;
  readonly runRetention?: string;
}

export interface RunJson {
  readonly runId?: string;
  readonly occurrenceId?: string;
  readonly slug?: string;
  readonly kind?: string;
  readonly attempt?: number;
  readonly state?: string;
  readonly cause?: string;
  readonly scheduledTime?: string;
  readonly dueTime?: string;
  readonly startTime?: string;
  readonly endTime?: string;
  readonly error?: string;
  readonly result?: string;
  readonly workerId?: string;
  readonly serverId?: string;
}

export interface KindJson {
  readonly name?: string;
  readonly description?: string;
  readonly trigger?: TriggerJson;
  readonly policy?: PolicyJson;
  readonly maxRunning?: number;
  readonly etag?: string;
  readonly pause?: { readonly reason?: string; readonly pauseTime?: string };
  readonly createTime?: string;
  readonly updateTime?: string;
}

export interface WorkerJson {
  readonly workerId?: string;
  readonly serverId?: string;
  readonly client?: string;
  readonly info?: Readonly<Record<string, string>>;
  readonly capacity?: {
    readonly maxTasks?: number;
    readonly kinds?: readonly { readonly kind?: string; readonly maxTasks?: number }[];
  };
  readonly running?: number;
  readonly draining?: boolean;
  readonly connectTime?: string;
  readonly lastSeenTime?: string;
}

export interface KindStatsJson {
  readonly kind?: string;
  readonly scheduled?: string;
  readonly running?: string;
  readonly retrying?: string;
  readonly paused?: string;
  readonly dead?: string;
  readonly completed?: string;
  readonly estimated?: boolean;
  readonly workers?: number;
  readonly free?: number;
  readonly oldestLateness?: string;
}

export interface ServerJson {
  readonly serverId?: string;
  readonly version?: string;
  readonly startTime?: string;
  readonly renewTime?: string;
  readonly workers?: number;
}

/** An enum's name without its type's: JOB_STATE_RUNNING is "running". */
export function wordOf(prefix: string, name: string | undefined): string {
  if (name === undefined) return "";
  return name.replace(`${prefix}_`, "").toLowerCase().replaceAll("_", " ");
}

export function timeOf(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : new Date(text);
}
