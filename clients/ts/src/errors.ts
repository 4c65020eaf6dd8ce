/** The gRPC status codes by name. */
export const CODES = [
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
] as const;

export type Code = (typeof CODES)[number];

/** Every reason that a server of this contract gives; its docs/errors.md says what each means, and what to do about it. */
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

/** One wrong input field: its path in the request (`job.trigger.cron.expression`) and what is wrong with it. */
export interface Violation {
  readonly field: string;
  readonly description: string;
}

export interface TickwireErrorOptions extends ErrorOptions {
  readonly violations?: readonly Violation[];
  readonly facts?: Readonly<Record<string, string>>;
  readonly retryAfterMs?: number | undefined;
}

/**
 * Every error of a call. `reason` is the server's stable word for it (`JOB_NOT_FOUND`, `BAD_FIELD`, ...; the server's docs/errors.md
 * lists them); where no server spoke, such as on a broken connection, a passed deadline or an abort, it is the same as `code`.
 */
export class TickwireError extends Error {
  override readonly name = "TickwireError";
  /** The wrong input fields; empty for other errors. */
  readonly violations: readonly Violation[];
  /** Machine-readable facts beside the message. */
  readonly facts: Readonly<Record<string, string>>;
  /** How long the server asks to wait before the next try. */
  readonly retryAfterMs: number | undefined;

  constructor(
    readonly code: Code,
    readonly reason: string,
    message: string,
    options: TickwireErrorOptions = {},
  ) {
    super(message, options);
    this.violations = options.violations ?? [];
    this.facts = options.facts ?? {};
    this.retryAfterMs = options.retryAfterMs;
  }
}

/**
 * Whether something that was thrown is a {@link TickwireError} of one of these reasons: `if (isReason(error, "JOB_NOT_FOUND")) ...`
 */
export function isReason<R extends Reason>(error: unknown, ...reasons: R[]): error is TickwireError & { reason: R } {
  return error instanceof TickwireError && (reasons as readonly string[]).includes(error.reason);
}

/** The same error for one item of a list: `job.slug` is `requests[3].job.slug`. */
export function inItem(path: string, error: unknown): unknown {
  const [violation] = error instanceof TickwireError ? error.violations : [];
  return violation ? badField(`${path}.${violation.field}`, violation.description) : error;
}

/** Wrong input that was found before any call. */
export function badField(field: string, description: string): TickwireError {
  return new TickwireError("INVALID_ARGUMENT", "BAD_FIELD", `${field}: ${description}`, {
    violations: [{ field, description }],
    facts: { field },
  });
}
