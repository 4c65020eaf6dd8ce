/**
 * Every error that Tickwire tells a caller. A reason is stable and part of the API; `docs/errors.md` lists each one with what
 * to do about it, and one table in `rpc` turns it into a gRPC status.
 */
export const REASONS = [
  "BAD_FIELD",
  "BAD_CRON",
  "BAD_TIME_ZONE",
  "NEVER_FIRES",
  "UNKNOWN_FIELD",
  "MALFORMED",
  "NOT_IMPLEMENTED",
  "JOB_NOT_FOUND",
  "JOB_EXISTS",
  "JOB_RUNNING",
  "JOB_DEAD",
  "JOB_COMPLETED",
  "NO_PAST_TIMES",
  "TOO_MANY_RUNS",
  "KIND_NOT_FOUND",
  "KIND_EXISTS",
  "KIND_DIFFERS",
  "KIND_IN_USE",
  "ETAG_MISMATCH",
  "NOT_RUNNING",
  "TOO_LARGE",
  "HELLO_LATE",
  "STREAM_REPLACED",
  "WORKER_SILENT",
  "DRAINING",
  "TOO_MANY_RESULTS",
  "STORE_DOWN",
  "INTERNAL",
] as const;

export type Reason = (typeof REASONS)[number];

/** Machine-readable facts beside an error's prose: names to short strings. */
export type Facts = Readonly<Record<string, string>>;

/** One wrong input field: its path in the request (`job.trigger.cron.expression`) and what is wrong with it, with the value received. */
export interface Violation {
  readonly field: string;
  readonly description: string;
}

/** One error, closed reasons, facts apart from the prose. `cause` is logged and never sent. */
export class TickwireError extends Error {
  override readonly name = "TickwireError";

  constructor(
    readonly reason: Reason,
    message: string,
    readonly facts: Facts = {},
    options?: ErrorOptions & { readonly violations?: readonly Violation[] },
  ) {
    super(message, options);
    this.violations = options?.violations ?? [];
  }

  readonly violations: readonly Violation[];
}

/** Wrong input: every violation at once, so that a caller mends them in one go. */
export function badFields(violations: readonly Violation[]): TickwireError {
  const message = violations.map((one) => `${one.field}: ${one.description}`).join("; ");
  return new TickwireError("BAD_FIELD", message, { field: violations[0]?.field ?? "" }, { violations });
}
