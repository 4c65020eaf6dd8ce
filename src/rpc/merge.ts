import {
  CronTrigger,
  IntervalBasis,
  IntervalTrigger,
  OnceTrigger,
  Policy,
  RetryPolicy,
  Trigger,
} from "./gen/tickwire/v1/job.js";

/** Triggers and policies in which some parts are another message's; a part is named by the names on its way, as in the contract. */
export type Part = readonly string[];

type Fields = Record<string, unknown>;

/** The policy with these parts of `given`; what is unset there is unset. */
export function mergePolicy(stored: Policy, given: Policy | undefined, parts: readonly Part[]): Policy {
  const merged = { ...stored, retry: stored.retry && { ...stored.retry } };
  const source = { ...(given ?? Policy.create()) };
  for (const [first = "", second] of parts) {
    if (second === undefined) take(merged, source, first);
    else {
      merged.retry ??= RetryPolicy.create();
      take(merged.retry, source.retry ?? RetryPolicy.create(), second);
    }
  }
  return merged;
}

/** A trigger with its schedules side by side: of a oneof a part can be named that is not there. */
type Flat = Omit<Trigger, "schedule"> & {
  cron: CronTrigger | undefined;
  interval: IntervalTrigger | undefined;
  once: OnceTrigger | undefined;
};

const EMPTY = { cron: CronTrigger, interval: IntervalTrigger, once: OnceTrigger } as const;
type Case = keyof typeof EMPTY;

/**
 * The trigger with these parts of `given`; what is unset there is unset. One of another schedule takes the place of the stored
 * one, which then needs no name of its own. `both`: the parts are of two schedules.
 */
export function mergeTrigger(
  stored: Trigger,
  given: Trigger | undefined,
  parts: readonly Part[],
): { readonly trigger: Trigger; readonly both: boolean } {
  const merged = flat(stored);
  const source = flat(given ?? Trigger.create());
  for (const [first = "", second] of parts) {
    if (second === undefined) take(merged, source, first);
    else takeOfSchedule(merged, source, first as Case, second);
  }
  const named = [...new Set(parts.map(([first = ""]) => first).filter(isCase))].filter((one) => merged[one]);
  const { cron, interval, once, ...rest } = merged;
  const one = named[0] ?? stored.schedule?.$case;
  return { trigger: { ...rest, schedule: one && scheduleOf({ cron, interval, once }, one) }, both: named.length > 1 };
}

function takeOfSchedule(merged: Flat, source: Flat, schedule: Case, name: string): void {
  const before = merged[schedule] ?? EMPTY[schedule].create();
  const after = { ...before };
  take(after, source[schedule] ?? EMPTY[schedule].create(), name);
  // A fixed delay counts from no anchor: the one that was filled in goes, unless it is asked for.
  if (name === "basis" && "basis" in after && after.basis === IntervalBasis.FIXED_DELAY) after.anchorTime = undefined;
  Object.assign(merged, { [schedule]: after });
}

/** `time_zone` of the contract is `timeZone` here. */
function take(target: object, source: object, name: string): void {
  const property = name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
  (target as Fields)[property] = (source as Fields)[property];
}

function isCase(name: string): name is Case {
  return name in EMPTY;
}

function flat({ schedule, ...rest }: Trigger): Flat {
  return {
    ...rest,
    cron: schedule?.$case === "cron" ? schedule.value : undefined,
    interval: schedule?.$case === "interval" ? schedule.value : undefined,
    once: schedule?.$case === "once" ? schedule.value : undefined,
  };
}

function scheduleOf({ cron, interval, once }: Pick<Flat, Case>, which: Case): Trigger["schedule"] {
  if (which === "cron") return cron && { $case: which, value: cron };
  if (which === "interval") return interval && { $case: which, value: interval };
  return once && { $case: which, value: once };
}
