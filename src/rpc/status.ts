import { randomBytes } from "node:crypto";
import { Metadata, type StatusObject, status } from "@grpc/grpc-js";
import { type Reason, TickwireError, type Violation } from "../core/errors.js";
import type { Log } from "../core/log.js";
import { cutText } from "../core/text.js";
import type { Any } from "./gen/google/protobuf/any.js";
import { BadRequest, ErrorInfo, RetryInfo } from "./gen/google/rpc/error_details.js";
import { Status } from "./gen/google/rpc/status.js";
import { toDuration } from "./time.js";

/** The one table to the wire: a new reason does not compile without a code. */
export const CODE_OF = {
  BAD_FIELD: status.INVALID_ARGUMENT,
  BAD_CRON: status.INVALID_ARGUMENT,
  BAD_TIME_ZONE: status.INVALID_ARGUMENT,
  NEVER_FIRES: status.INVALID_ARGUMENT,
  UNKNOWN_FIELD: status.INVALID_ARGUMENT,
  MALFORMED: status.INVALID_ARGUMENT,
  NOT_IMPLEMENTED: status.UNIMPLEMENTED,
  JOB_NOT_FOUND: status.NOT_FOUND,
  JOB_EXISTS: status.ALREADY_EXISTS,
  JOB_RUNNING: status.FAILED_PRECONDITION,
  JOB_DEAD: status.FAILED_PRECONDITION,
  JOB_COMPLETED: status.FAILED_PRECONDITION,
  NO_PAST_TIMES: status.FAILED_PRECONDITION,
  TOO_MANY_RUNS: status.OUT_OF_RANGE,
  KIND_NOT_FOUND: status.NOT_FOUND,
  KIND_EXISTS: status.ALREADY_EXISTS,
  KIND_DIFFERS: status.FAILED_PRECONDITION,
  KIND_IN_USE: status.FAILED_PRECONDITION,
  ETAG_MISMATCH: status.ABORTED,
  NOT_RUNNING: status.FAILED_PRECONDITION,
  TOO_LARGE: status.RESOURCE_EXHAUSTED,
  HELLO_LATE: status.DEADLINE_EXCEEDED,
  STREAM_REPLACED: status.ABORTED,
  WORKER_SILENT: status.UNAVAILABLE,
  DRAINING: status.UNAVAILABLE,
  TOO_MANY_RESULTS: status.RESOURCE_EXHAUSTED,
  STORE_DOWN: status.UNAVAILABLE,
  INTERNAL: status.INTERNAL,
} as const satisfies Record<Reason, status>;

/** Where the same call may do better later: the wait before it, in ms. */
export const RETRY_AFTER_MS: Partial<Record<Reason, number>> = {
  STORE_DOWN: 1_000,
  DRAINING: 1_000,
  WORKER_SILENT: 1_000,
  TOO_MANY_RESULTS: 1_000,
};

export const ERROR_DOMAIN = "tickwire";

// A status travels in HTTP/2 trailers, twice: as text, percent-encoded, and in base64. Together they stay under 8 KiB, what
// many clients and proxies take; and a batch's 1,000 item errors stay under a message's 4 MiB.
const MESSAGE_BYTES = 800;
const VIOLATIONS_BYTES = 2_000;
const FACT_BYTES = 128;

/** Any error as a gRPC status with its details. What is not a TickwireError is a fault of ours: logged under an id, and told by that alone. */
export function toStatus(error: unknown, log: Log, call: string): StatusObject {
  const known = knownError(error, log, call);
  const rich = statusOf(known);
  const metadata = new Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from(Status.encode(rich).finish()));
  return { code: rich.code, details: rich.message, metadata };
}

/** The same as a message, for one item of a batch. */
export function toRichStatus(error: unknown, log: Log, call: string): Status {
  return statusOf(knownError(error, log, call));
}

function knownError(error: unknown, log: Log, call: string): TickwireError {
  if (error instanceof TickwireError && error.reason !== "INTERNAL") {
    if (error.reason === "STORE_DOWN") log.warn({ call, err: error.cause ?? error }, "store unreachable");
    return error;
  }
  const errorId = randomBytes(8).toString("hex");
  log.error({ errorId, call, err: error }, "call failed");
  return new TickwireError("INTERNAL", `internal error ${errorId}: the server's log has it under this id`, { errorId });
}

function statusOf(error: TickwireError): Status {
  const details = [any("google.rpc.ErrorInfo", ErrorInfo.encode(infoOf(error)).finish())];
  if (error.violations.length > 0) {
    const fieldViolations = told(error.violations);
    details.push(any("google.rpc.BadRequest", BadRequest.encode({ fieldViolations }).finish()));
  }
  const retryMs = RETRY_AFTER_MS[error.reason];
  if (retryMs !== undefined) {
    details.push(any("google.rpc.RetryInfo", RetryInfo.encode({ retryDelay: toDuration(retryMs) }).finish()));
  }
  return { code: CODE_OF[error.reason], message: cut(error.message, MESSAGE_BYTES), details };
}

function infoOf(error: TickwireError): ErrorInfo {
  const facts = Object.entries(error.facts).map(([name, value]) => [name, cut(value, FACT_BYTES)] as const);
  return { reason: error.reason, domain: ERROR_DOMAIN, metadata: new Map(facts) };
}

/** As many violations as fit; the last entry says how many there are besides. */
function told(violations: readonly Violation[]): { field: string; description: string }[] {
  const fitting: { field: string; description: string }[] = [];
  let bytes = 0;
  for (const { field, description } of violations) {
    const one = { field: cut(field, 256), description: cut(description, 512) };
    bytes += Buffer.byteLength(one.field) + Buffer.byteLength(one.description);
    if (bytes > VIOLATIONS_BYTES && fitting.length > 0) {
      fitting.push({
        field,
        description: `and ${violations.length - fitting.length} violations more, from this field on`,
      });
      break;
    }
    fitting.push(one);
  }
  return fitting;
}

/** Well-formed, too: gRPC percent-encodes the message, and half a surrogate pair would make that throw. */
function cut(text: string, maxBytes: number): string {
  const whole = Buffer.from(text).toString();
  const start = cutText(whole, maxBytes - 3);
  return start === whole ? whole : `${start}…`;
}

function any(type: string, value: Uint8Array): Any {
  return { typeUrl: `type.googleapis.com/${type}`, value: Buffer.from(value) };
}
