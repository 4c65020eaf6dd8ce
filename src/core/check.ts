import { type Reason, TickwireError, type Violation } from "./errors.js";

/** Collects what is wrong with a request, so that all of it is told at once. */
export class Check {
  readonly #wrong: { readonly violation: Violation; readonly reason: Reason }[] = [];

  /** `field` is wrong: the description names the bound and the value received. */
  bad(field: string, description: string, reason: Reason = "BAD_FIELD"): void {
    this.#wrong.push({ violation: { field, description }, reason });
  }

  /** True while nothing was found. */
  get clean(): boolean {
    return this.#wrong.length === 0;
  }

  /** One error of all that was found. Its reason is theirs where they share one, else BAD_FIELD. */
  error(): TickwireError | undefined {
    const first = this.#wrong[0]?.reason;
    if (first === undefined) return undefined;
    const reason = this.#wrong.every((one) => one.reason === first) ? first : "BAD_FIELD";
    return errorOf(
      reason,
      this.#wrong.map((one) => one.violation),
    );
  }

  /** Throws what was found, if anything. */
  done(): void {
    const error = this.error();
    if (error) throw error;
  }
}

function errorOf(reason: Reason, violations: readonly Violation[]): TickwireError {
  const message = violations.map((one) => `${one.field}: ${one.description}`).join("; ");
  return new TickwireError(reason, message, { field: violations[0]?.field ?? "" }, { violations });
}

/** The same error with its fields below `prefix`, as in one item of a batch. */
export function under(prefix: string, error: TickwireError): TickwireError {
  if (error.violations.length === 0) return error;
  const violations = error.violations.map((one) => ({ ...one, field: `${prefix}${one.field}` }));
  return errorOf(error.reason, violations);
}

const SHOWN = 60;

/** A received value for people: quoted, control characters escaped, cut where it is long. */
export function show(value: unknown): string {
  if (typeof value === "string") {
    const text = JSON.stringify(value.slice(0, SHOWN));
    return value.length > SHOWN ? `${text.slice(0, -1)}…" (${value.length.toLocaleString("en")} characters)` : text;
  }
  if (typeof value === "number" || typeof value === "bigint") return String(value).slice(0, SHOWN);
  return String(value).slice(0, SHOWN);
}
