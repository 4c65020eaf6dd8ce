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
