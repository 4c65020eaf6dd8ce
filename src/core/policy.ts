/** What a job does when attempts fail, run long, or come late; every field filled in. Spans are whole milliseconds. */
export interface Policy {
  readonly retry: RetryPolicy;
  /** One attempt's time limit, counted from the hand-out. */
  readonly timeoutMs: number;
  readonly misfire: MisfirePolicy;
  /** An occurrence is late once so much has passed since its due time. */
  readonly misfireGraceMs: number;
  /** With "replay": where more occurrences than this are pending, the older ones count as missed. */
  readonly maxReplays: number;
  /** How long a job stays, completed, after its last run; 0: removed at once. */
  readonly jobRetentionMs: number;
  /** How long its runs are shown in the history; 0: not at all. */
  readonly runRetentionMs: number;
}

export interface RetryPolicy {
  /** Attempts of one occurrence, the first included; 0: no limit. */
  readonly maxAttempts: number;
  readonly initialBackoffMs: number;
  readonly maxBackoffMs: number;
  readonly multiplier: number;
  readonly onExhausted: ExhaustedAction;
}

export type ExhaustedAction = "next_occurrence" | "dead";
export type MisfirePolicy = "fire_once" | "skip" | "replay";

/** A policy as a job or a kind stores it: what is absent is inherited. */
export type PolicyInput = Partial<Omit<Policy, "retry">> & { readonly retry?: Partial<RetryPolicy> };

const DAY_MS = 86_400_000;

/** What holds where neither the job nor its kind says anything. */
export const DEFAULT_POLICY: Policy = {
  retry: {
    maxAttempts: 20,
    initialBackoffMs: 10_000,
    maxBackoffMs: 600_000,
    multiplier: 2,
    onExhausted: "next_occurrence",
  },
  timeoutMs: 300_000,
  misfire: "fire_once",
  misfireGraceMs: 60_000,
  maxReplays: 100,
  jobRetentionMs: 0,
  runRetentionMs: 7 * DAY_MS,
};

/** The job's own fields, then its kind's, then the server's defaults, field by field. */
export function resolvePolicy(job: PolicyInput, kind: PolicyInput | undefined, defaults: Policy): Policy {
  return {
    ...defaults,
    ...kind,
    ...job,
    retry: { ...defaults.retry, ...kind?.retry, ...job.retry },
  };
}

/**
 * The wait before retry `n` (from 1), in ms. `unit` is drawn by the caller from [0, 1); `spread` is 0.1, or 1 after a lost
 * attempt, so that what one crash interrupted does not come back all at once.
 */
export function retryDelayMs(retry: RetryPolicy, n: number, unit: number, spread: number): number {
  const base = Math.min(retry.initialBackoffMs * retry.multiplier ** (n - 1), retry.maxBackoffMs);
  return Math.round(base * (1 + spread * (2 * unit - 1)));
}
