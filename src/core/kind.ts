import type { Pause } from "./job.js";
import type { PolicyInput } from "./policy.js";
import { sameValue } from "./same-value.js";
import type { TriggerInput } from "./trigger.js";

/** A kind as its owner gives it, checked: what holds for every job of it. */
export interface KindInput {
  readonly name: string;
  readonly description: string;
  /** For jobs that set none. Absent: they run once. */
  readonly trigger?: TriggerInput;
  readonly policy: PolicyInput;
  /** At most so many tasks out at once, over all servers; 0 is no limit. */
  readonly maxRunning: number;
}

export interface StoredKind extends KindInput {
  readonly etag: string;
  readonly pause?: Pause;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** The stored kind says the same as the given one. */
export function sameKind(stored: StoredKind, given: KindInput): boolean {
  return sameValue(definitionOf(stored), definitionOf(given));
}

function definitionOf({ description, trigger, policy, maxRunning }: KindInput) {
  return { description, trigger, policy, maxRunning };
}
