import type { TickwireError } from "./errors.js";
import type { Job, JobInput, JobState } from "./job.js";
import type { KindInput } from "./kind.js";
import type { Run, RunState } from "./run.js";
import type { UpdatePath } from "./update-paths.js";

export interface RegisterKindInput extends KindInput {
  /** Take the place of a different definition. */
  readonly replace?: boolean | undefined;
}

export interface ScheduleInput extends JobInput {
  /** From now, by the store's clock: when a job runs that runs once, and a recurring one's next occurrence. */
  readonly delayMs?: number | undefined;
  /** Where the slug exists already. Unset: "fail". */
  readonly onConflict?: ConflictPolicy | undefined;
  /** Check, and answer as if stored; store nothing. */
  readonly validateOnly?: boolean | undefined;
  /** Names this call, at most 64 bytes; unset: drawn before the first try. */
  readonly requestId?: string | undefined;
}

export type ConflictPolicy = "fail" | "keep" | "update" | "replace";
export type ScheduleOutcome = "created" | "kept" | "updated" | "replaced" | "repeated";
export type View = "basic" | "full";

export interface Scheduled {
  /** Without payload and lastResult. */
  readonly job: Job;
  readonly outcome: ScheduleOutcome | "unknown";
  /** Worth a look, such as a kind that no worker serves. */
  readonly warnings: readonly string[];
}

/** What became of one job of `scheduleJobs`. */
export interface ScheduleResult {
  readonly slug: string;
  /** Undefined where the job was stored. */
  readonly error: TickwireError | undefined;
  readonly outcome: ScheduleOutcome | "unknown" | undefined;
  readonly dueTime: Date | undefined;
}

/** All that is set must match; an entry of a list is one of several that may. */
export interface JobFilter {
  /** At most 1000. */
  readonly slugs?: readonly string[] | undefined;
  readonly slugPrefix?: string | undefined;
  readonly kinds?: readonly string[] | undefined;
  readonly states?: readonly JobState[] | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Due at or after it. */
  readonly dueAfter?: Date | undefined;
  /** Due before it. */
  readonly dueBefore?: Date | undefined;
}

export interface RunFilter {
  readonly slug?: string | undefined;
  readonly kinds?: readonly string[] | undefined;
  readonly states?: readonly RunState[] | undefined;
  /** Ended at or after it. */
  readonly endedAfter?: Date | undefined;
  /** Ended before it. */
  readonly endedBefore?: Date | undefined;
}

export interface ListInput {
  /** Items fetched with one call: unset: 50, at most 1000. */
  readonly pageSize?: number | undefined;
}

export interface PageInput extends ListInput {
  /** Of the page before; unset: the first page. */
  readonly pageToken?: string | undefined;
}

/** A page may be empty: go on while `nextPageToken` is not. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextPageToken: string;
}

export interface JobQuery {
  readonly filter?: JobFilter | undefined;
  /** Unset: "basic", without payloads and results. */
  readonly view?: View | undefined;
}

export interface RunQuery {
  readonly filter?: RunFilter | undefined;
  /** Unset: "basic", without results. */
  readonly view?: View | undefined;
}

export interface UpdateInput extends Omit<Partial<JobInput>, "slug" | "kind"> {
  /** What to change; needed, unless the next occurrence is moved. A named field that is unset goes back to what it inherits. */
  readonly updateMask?: readonly UpdatePath[] | undefined;
  /** Refused as ABORTED where it is set and is not the stored one. */
  readonly etag?: string | undefined;
  /** Moves the next occurrence, from now. Excludes `nextTime`. */
  readonly delayMs?: number | undefined;
  /** Moves the next occurrence. Excludes `delayMs`. */
  readonly nextTime?: Date | undefined;
}

/** Which jobs: those that the filter matches, or all of them. */
export interface BulkInput {
  readonly filter?: JobFilter | undefined;
  /** Needed where the filter is empty. */
  readonly all?: boolean | undefined;
  /** Count, and change nothing. */
  readonly validateOnly?: boolean | undefined;
}

export interface BulkResult {
  readonly count: number;
  /** Some are left: call again. */
  readonly more: boolean;
}

export interface RunRequested {
  readonly job: Job;
  /** Of the run that was asked for. */
  readonly occurrenceId: string;
}

export interface BackfillInput {
  readonly startTime: Date;
  /** Without it. */
  readonly endTime: Date;
  /** Unset: 100; at most 1000. */
  readonly maxRuns?: number | undefined;
}

export interface Backfill {
  readonly slugs: readonly string[];
  readonly createdCount: number;
}

export interface Preview {
  readonly times: readonly Date[];
  /** In words. */
  readonly description: string;
}

export interface WatchInput extends RunQuery {
  /** Of an earlier watch: goes on from there. Unset: from now on. */
  readonly cursor?: string | undefined;
  /** Called where runs may have been missed: this watch read too slowly, or was away for longer than they are kept. */
  readonly onGap?: (() => void) | undefined;
}

/**
 * Runs as they end, on whichever server. Leaving the loop, or `close`, ends it. Where the connection breaks it goes on from its
 * cursor, at any server, and of the newest 10,000 runs gives none twice.
 */
export interface RunWatch<R = Run> extends AsyncIterable<R>, AsyncDisposable {
  /** Settles once the server watches: a run that ends after it is not missed. */
  readonly opened: Promise<void>;
  /** Where another watch with the same filter can go on after the runs seen so far; empty before the first word. */
  readonly cursor: string;
  close(): Promise<void>;
}
