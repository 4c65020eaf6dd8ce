import type { Pause } from "./job.js";
import type { Policy } from "./policy.js";
import type { Trigger, TriggerInput } from "./trigger.js";

/** What shall hold for every job of a kind. */
export interface KindInput {
  readonly name: string;
  /** At most 1,000 bytes. */
  readonly description?: string | undefined;
  /** For jobs that set none. Unset: they run once. */
  readonly trigger?: TriggerInput | undefined;
  readonly policy?: Policy | undefined;
  /** At most so many tasks of this kind at once, over all servers and workers; unset or 0: no limit, 1000 the highest. */
  readonly maxRunning?: number | undefined;
  /** Refused as ABORTED where it is set and is not the stored one. */
  readonly etag?: string | undefined;
}

/** A kind as the server has it. */
export interface Kind {
  readonly name: string;
  readonly description: string;
  readonly trigger: Trigger | undefined;
  readonly policy: Policy;
  /** 0: no limit. */
  readonly maxRunning: number;
  readonly etag: string;
  readonly pause: Pause | undefined;
  readonly createTime: Date | undefined;
  readonly updateTime: Date | undefined;
}

/** Where a kind stands now. */
export interface KindStats {
  readonly kind: string;
  readonly scheduled: number;
  readonly running: number;
  readonly retrying: number;
  readonly paused: number;
  readonly dead: number;
  readonly completed: number;
  /** Numbers above 10,000 are estimates, to two digits; all others are counted. */
  readonly estimated: boolean;
  /** Workers that serve it now, of every server, and how many more of its tasks they could take. */
  readonly workers: number;
  readonly free: number;
  /** How late the oldest due job is; 0 where none is due. */
  readonly oldestLatenessMs: number;
}
