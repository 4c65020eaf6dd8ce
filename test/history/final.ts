import type { JobCounts, JobState, RunState } from "@tickwire/client";

/** What the store holds at the end, as plain data. Times are in ms of the store's clock. */
export interface Final {
  readonly wall: number;
  readonly runs: readonly FinalRun[];
  readonly jobs: readonly FinalJob[];
  /** Slugs of jobs that are locked, and whose lease is not live. */
  readonly orphans: readonly string[];
}

export interface FinalRun {
  readonly run: string;
  readonly slug: string;
  readonly occurrence: string;
  readonly state: RunState | "unknown";
  readonly dueAt: number;
  readonly startedAt: number;
  readonly endedAt: number;
  /** As text: the workers of a history answer with the run's own id. */
  readonly result: string;
}

export interface FinalJob {
  readonly slug: string;
  readonly kind: string;
  readonly state: JobState | "unknown";
  readonly dueAt?: number | undefined;
  readonly currentRun?: string | undefined;
  readonly lastResult: string;
  readonly counts: Pick<JobCounts, "succeeded" | "failed" | "lost" | "cancelled" | "released" | "snoozed">;
}
