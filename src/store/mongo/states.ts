import type { Filter } from "mongodb";
import type { JobState } from "../../core/job.js";
import type { JobDoc } from "./documents.js";

const NO = { $exists: false } as const;
const YES = { $exists: true } as const;
const AWAKE: Filter<JobDoc> = {
  lock: NO,
  dead: NO,
  expireAt: NO,
  $or: [{ pause: NO }, { cause: "run_job" }],
};

/** `stateOf` of core, as filters. */
export const STATES = {
  running: { lock: YES },
  dead: { lock: NO, dead: YES },
  completed: { lock: NO, dead: NO, expireAt: YES },
  paused: { lock: NO, dead: NO, expireAt: NO, pause: YES, cause: { $ne: "run_job" } },
  retrying: { ...AWAKE, failures: { $gt: 0 } },
  scheduled: { ...AWAKE, failures: 0 },
} as const satisfies Record<JobState, Filter<JobDoc>>;

/** An index that holds the jobs of a state and hardly any others, and what a filter must say for it. */
export interface StateIndex {
  readonly name: string;
  readonly filter: Filter<JobDoc>;
}

/** Of the states that are rare beside those that wait for their first attempt. */
export const STATE_INDEXES = {
  running: { name: "recovery", filter: { "lock.lease": YES } },
  retrying: { name: "retrying", filter: { due: YES, failures: { $gt: 0 } } },
  paused: { name: "paused", filter: { ...STATES.paused, pause: YES } },
  dead: { name: "dead", filter: { ...STATES.dead, dead: YES } },
  completed: { name: "completed", filter: { ...STATES.completed, expireAt: YES } },
} as const satisfies Record<Exclude<JobState, "scheduled">, StateIndex>;
