/**
 * A trigger as it is stored: resolved, so that no later change of its kind, and no unset field, can change when a job runs.
 */
export type Trigger = CronTrigger | IntervalTrigger | OnceTrigger;

export interface CronTrigger {
  readonly type: "cron";
  readonly expression: string;
  /** IANA name; "UTC" where the caller gave none. */
  readonly timeZone: string;
  readonly dialect: CronDialect;
}

export type CronDialect = "unix" | "quartz";

export interface IntervalTrigger {
  readonly type: "interval";
  /** Whole milliseconds, at least 1. */
  readonly everyMs: number;
  /** A phase, not a start: occurrences are anchor + n * every, for any whole n. */
  readonly anchor: Date;
}

export interface OnceTrigger {
  readonly type: "once";
  readonly time: Date;
}

/** A trigger as a caller gives it: what is unset is filled in, with the store's time, when a job is stored. */
export type TriggerInput =
  | CronTrigger
  | { readonly type: "interval"; readonly everyMs: number; readonly anchor?: Date }
  | { readonly type: "once"; readonly time?: Date };

/** Fills in what the caller left unset: an interval's anchor and a once trigger's time become `now`. */
export function resolveTrigger(input: TriggerInput, now: Date): Trigger {
  switch (input.type) {
    case "cron":
      return input;
    case "interval":
      return { type: "interval", everyMs: input.everyMs, anchor: input.anchor ?? now };
    case "once":
      return { type: "once", time: input.time ?? now };
  }
}
