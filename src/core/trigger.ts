/**
 * A trigger as it is stored: resolved, so that no later change of its kind, and no unset field, can change when a job runs.
 */
export type Trigger = CronTrigger | IntervalTrigger | FixedDelayTrigger | OnceTrigger;

/** What bounds the occurrences of any trigger; absent: no bound. */
export interface TriggerBounds {
  /** No occurrence before it. */
  readonly startTime?: Date;
  /** No occurrence at or after it. */
  readonly endTime?: Date;
  /** At most so many occurrences, missed ones included; at least 1. */
  readonly maxOccurrences?: number;
  /** Each occurrence is due a span in [0, jitterMs) after its time; at least 1. */
  readonly jitterMs?: number;
}

export interface CronTrigger extends TriggerBounds {
  readonly type: "cron";
  readonly expression: string;
  /** IANA name; "UTC" where the caller gave none. */
  readonly timeZone: string;
  readonly dialect: CronDialect;
}

export type CronDialect = "unix" | "quartz";

/** At a fixed rate. */
export interface IntervalTrigger extends TriggerBounds {
  readonly type: "interval";
  /** Whole milliseconds, at least 1. */
  readonly everyMs: number;
  /** A phase, not a start: occurrences are anchor + n * every, for any whole n. */
  readonly anchor: Date;
}

/** Each occurrence is so long after the end of the last attempt of the one before it. */
export interface FixedDelayTrigger extends TriggerBounds {
  readonly type: "fixed_delay";
  /** Whole milliseconds, at least 1. */
  readonly everyMs: number;
}

export interface OnceTrigger extends TriggerBounds {
  readonly type: "once";
  readonly time: Date;
}

/** A trigger as a caller gives it: what is unset is filled in, with the store's time, when a job is stored. */
export type TriggerInput =
  | CronTrigger
  | (TriggerBounds & { readonly type: "interval"; readonly everyMs: number; readonly anchor?: Date })
  | FixedDelayTrigger
  | (TriggerBounds & { readonly type: "once"; readonly time?: Date });

/** Of a job that sets no trigger, where its kind has none. */
export const RUN_ONCE: TriggerInput = { type: "once" };

/**
 * Fills in what the caller left unset: an interval is counted from its start, or else from `now`; what runs once does so `now`,
 * or at its start where that is later.
 */
export function resolveTrigger(input: TriggerInput, now: Date): Trigger {
  const { startTime } = input;
  switch (input.type) {
    case "cron":
    case "fixed_delay":
      return input;
    case "interval": {
      const trigger: IntervalTrigger = {
        type: "interval",
        everyMs: input.everyMs,
        anchor: input.anchor ?? startTime ?? now,
      };
      return bounded(trigger, input);
    }
    case "once": {
      const trigger: OnceTrigger = {
        type: "once",
        time: input.time ?? (startTime !== undefined && startTime > now ? startTime : now),
      };
      return bounded(trigger, input);
    }
  }
}

/** The trigger, which is new, with the bounds of another. Assigned last and only where there are any: most triggers have none. */
export function bounded<T extends TriggerBounds>(trigger: T, bounds: TriggerBounds): T {
  const { startTime, endTime, maxOccurrences, jitterMs } = bounds;
  if (startTime) Object.assign(trigger, { startTime });
  if (endTime) Object.assign(trigger, { endTime });
  if (maxOccurrences !== undefined) Object.assign(trigger, { maxOccurrences });
  if (jitterMs !== undefined) Object.assign(trigger, { jitterMs });
  return trigger;
}

/** How many occurrences a trigger may still give that has given so many. */
export function occurrencesLeft({ maxOccurrences }: TriggerBounds, given: number): number {
  return maxOccurrences === undefined ? Number.POSITIVE_INFINITY : Math.max(maxOccurrences - given, 0);
}
