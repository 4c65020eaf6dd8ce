/** When a job runs, as the server has it. Exactly one of `cron`, `interval` and `once` is set. */
export type Trigger = TriggerBounds &
  (
    | { readonly cron: CronTrigger; readonly interval?: undefined; readonly once?: undefined }
    | { readonly interval: IntervalTrigger; readonly cron?: undefined; readonly once?: undefined }
    | { readonly once: OnceTrigger; readonly cron?: undefined; readonly interval?: undefined }
  );

/** When a job shall run. `cron: "0 2 * * *"` and `once: date` are short for the objects. */
export type TriggerInput = TriggerBounds &
  (
    | { readonly cron: string | CronTrigger; readonly interval?: undefined; readonly once?: undefined }
    | { readonly interval: IntervalTrigger; readonly cron?: undefined; readonly once?: undefined }
    | { readonly once: Date | OnceTrigger; readonly cron?: undefined; readonly interval?: undefined }
  );

export interface TriggerBounds {
  /** No occurrence before it; also of those whose time was set by hand. */
  readonly startTime?: Date | undefined;
  /** No occurrence at or after it. */
  readonly endTime?: Date | undefined;
  /** At most so many occurrences, missed ones included; unset or 0: no limit. */
  readonly maxOccurrences?: number | undefined;
  /** Each occurrence is put off by a random span below this, at most 31 days, that ends before the trigger's next time. */
  readonly jitterMs?: number | undefined;
}

export interface CronTrigger {
  /** 5 fields (minute first), 6 (second first), 7 (and a year at the end), or a macro such as `@hourly`. */
  readonly expression: string;
  /** IANA name; unset: UTC. */
  readonly timeZone?: string | undefined;
  /** Unset: "unix". */
  readonly dialect?: CronDialect | "unknown" | undefined;
}

export type CronDialect = "unix" | "quartz";

export interface IntervalTrigger {
  /** Whole milliseconds, at least 1. */
  readonly everyMs: number;
  /** "fixed_rate" (unset): anchor + n * every. "fixed_delay": the end of an occurrence's last attempt + every, without an anchor. */
  readonly basis?: IntervalBasis | "unknown" | undefined;
  /** What fixed_rate counts from; unset: `startTime`, or else the moment it is stored. */
  readonly anchorTime?: Date | undefined;
}

export type IntervalBasis = "fixed_rate" | "fixed_delay";

export interface OnceTrigger {
  /** Unset: when the job is stored, or `startTime` where that is later. */
  readonly time?: Date | undefined;
}
