import type { JobState } from "../core/job.js";
import type { JobFilter } from "./store.js";

/** States that are rare beside the one in which jobs wait for their first attempt. */
export type RareState = Exclude<JobState, "scheduled">;

/** Those in which a job has a due time. */
const WITH_DUE: readonly JobState[] = ["scheduled", "retrying", "running", "paused"];

/** Where all that can match a filter is, when it is not among everything. */
export interface RareParts {
  /** Among what may be claimed, by its due time. */
  readonly due: boolean;
  /** Among what is in these states. */
  readonly states: readonly RareState[];
}

/** Undefined: jobs that wait for their first attempt match, whenever they are due; or slugs are given, which is less to look at. */
export function rareParts({ slugs, states, dueAfter, dueBefore }: JobFilter): RareParts | undefined {
  const byDue = dueAfter !== undefined || dueBefore !== undefined;
  if (slugs || (!states && !byDue)) return undefined;
  const wanted = new Set(states ?? WITH_DUE);
  if (!byDue) return wanted.has("scheduled") ? undefined : { due: false, states: [...wanted].filter(isRare) };
  const claimable = wanted.has("scheduled") || wanted.has("retrying");
  return { due: claimable, states: [...wanted].filter((state) => state === "running" || state === "paused") };
}

function isRare(state: JobState): state is RareState {
  return state !== "scheduled";
}
