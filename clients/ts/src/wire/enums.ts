import { badField } from "../errors.js";

/** An enum's names in the order of its numbers; number 0 is always "not said". */
export interface EnumTable<Name extends string> {
  /** Undefined for 0; "unknown" for a number that this version has no name for. */
  name(number: number): Name | "unknown" | undefined;
  /** 0 where nothing is said. Throws BAD_FIELD on a name that is none. */
  number(name: Name | undefined, field: string): number;
  readonly names: readonly Name[];
}

function table<const Name extends string>(...names: Name[]): EnumTable<Name> {
  const numbers = new Map<string, number>(names.map((name, index) => [name, index + 1]));
  return {
    names,
    name: (number) => (number === 0 ? undefined : (names[number - 1] ?? "unknown")),
    number(name, field) {
      if (name === undefined) return 0;
      const number = numbers.get(name);
      if (number === undefined) throw badField(field, `${JSON.stringify(name)} is none of ${names.join(", ")}`);
      return number;
    },
  };
}

export const jobStates = table("scheduled", "running", "retrying", "paused", "dead", "completed");
export const deadReasons = table("exhausted", "permanent_failure", "trigger_error", "cancelled");
export const waitReasons = table("no_worker", "workers_full", "max_running", "kind_paused");
export const priorities = table("low", "normal", "high", "urgent");
export const cronDialects = table("unix", "quartz");
export const intervalBases = table("fixed_rate", "fixed_delay");
export const exhaustedActions = table("next_occurrence", "dead");
export const misfirePolicies = table("fire_once", "skip", "replay");
export const runStates = table("succeeded", "failed", "timed_out", "lost", "cancelled", "released", "snoozed");
export const runCauses = table("trigger", "run_job", "backfill");
export const conflictPolicies = table("fail", "keep", "update", "replace");
export const scheduleOutcomes = table("created", "kept", "updated", "replaced", "repeated");
export const views = table("basic", "full");
