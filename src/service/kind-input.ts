import type { StoredKind } from "../core/kind.js";
import type { PolicyInput } from "../core/policy.js";
import type { TriggerInput } from "../core/trigger.js";

/** A kind as its owner gives it, checked. */
export interface KindInput {
  readonly name: string;
  readonly description: string;
  readonly trigger?: TriggerInput;
  readonly policy: PolicyInput;
  readonly maxRunning: number;
}

/** The stored kind says the same as the given one. */
export function sameKind(stored: StoredKind, given: KindInput): boolean {
  return definition(stored) === definition(given);
}

function definition(kind: KindInput): string {
  const { name, description, trigger, policy, maxRunning } = kind;
  return JSON.stringify([name, description, sorted(trigger), sorted(policy), maxRunning]);
}

/** Equal values, whatever the order in which their fields were set. */
function sorted(value: unknown): unknown {
  if (value instanceof Date || typeof value !== "object" || value === null) return value;
  const pairs = Object.entries(value).filter(([, part]) => part !== undefined && !isEmpty(part));
  return pairs.sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, part]) => [name, sorted(part)]);
}

function isEmpty(part: unknown): boolean {
  return typeof part === "object" && part !== null && !(part instanceof Date) && Object.keys(part).length === 0;
}
