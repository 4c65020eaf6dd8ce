/** How a job's runs are treated. What is unset is inherited: from the kind, then from the server's defaults. */
export interface Policy {
  readonly retry?: RetryPolicy | undefined;
  /** One attempt's time limit, from the hand-out; 1 ms to 30 days. Default: 5 min. */
  readonly timeoutMs?: number | undefined;
  /** Default: "fire_once". */
  readonly misfire?: MisfirePolicy | "unknown" | undefined;
  /** An occurrence is late once so much has passed since its due time; at least 1. Default: 60 s. */
  readonly misfireGraceMs?: number | undefined;
  /** With "replay": where more occurrences are pending, the older ones count as missed; 1 to 10,000. Default: 100. */
  readonly maxReplays?: number | undefined;
  /** How long a job stays, completed, after its last run. Default: 0, removed at once. */
  readonly jobRetentionMs?: number | undefined;
  /** How long its runs stay in the history. Default: the server's setting (7 days). */
  readonly runRetentionMs?: number | undefined;
}

/** What becomes of occurrences whose time came while the job could not start. */
export type MisfirePolicy = "fire_once" | "skip" | "replay";

export interface RetryPolicy {
  /** Attempts of one occurrence, the first included; 0: no limit. Default: 20. */
  readonly maxAttempts?: number | undefined;
  /** The n-th retry waits min(initialBackoffMs * multiplier^(n-1), maxBackoffMs), spread by 10 % either way. Default: 10 s. */
  readonly initialBackoffMs?: number | undefined;
  /** Default: 10 min. */
  readonly maxBackoffMs?: number | undefined;
  /** 1 to 100. Default: 2. */
  readonly multiplier?: number | undefined;
  /** What a recurring job does once an occurrence is out of attempts. Default: "next_occurrence". */
  readonly onExhausted?: ExhaustedAction | "unknown" | undefined;
}

export type ExhaustedAction = "next_occurrence" | "dead";
