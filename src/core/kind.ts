import type { Pause } from "./job.js";
import type { PolicyInput } from "./policy.js";
import type { TriggerInput } from "./trigger.js";

/** What holds for every job of a kind. */
export interface StoredKind {
  readonly name: string;
  readonly description: string;
  /** For jobs that set none. Absent: they run once. */
  readonly trigger?: TriggerInput;
  readonly policy: PolicyInput;
  /** At most so many tasks out at once, over all servers; 0 is no limit. */
  readonly maxRunning: number;
  readonly etag: string;
  readonly pause?: Pause;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
