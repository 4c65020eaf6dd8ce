import type { Filter } from "mongodb";
import type { JobState } from "../../core/job.js";
import type { RareState } from "../rare.js";
import type { JobDoc } from "./documents.js";

/** In filters: the field is there, or it is not. */
export const NO = { $exists: false } as const;
export const YES = { $exists: true } as const;
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

/** The indexes that hold a state, and hardly anything else: what a filter must say for them is what they are partial by. */
export const STATE_INDEXES = {
  running: { name: "recovery", partial: { "lock.lease": YES } },
  retrying: { name: "retrying", partial: { due: YES, failures: { $gt: 0 } } },
  paused: { name: "paused", partial: { pause: YES } },
  dead: { name: "dead", partial: { dead: YES } },
  completed: { name: "completed", partial: { expireAt: YES } },
} as const satisfies Record<RareState, { readonly name: string; readonly partial: Filter<JobDoc> }>;
