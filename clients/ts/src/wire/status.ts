import type { ServiceError } from "@grpc/grpc-js";
import { CODES, TickwireError, type Violation } from "../errors.js";
import { BadRequest, ErrorInfo, RetryInfo } from "../gen/google/rpc/error_details.js";
import { Status } from "../gen/google/rpc/status.js";
import { toMs } from "./time.js";

/** An error of grpc-js, or whatever else a call threw, as the one class. */
export function fromCallError(error: unknown): TickwireError {
  if (error instanceof TickwireError) return error;
  if (!isServiceError(error)) {
    return new TickwireError("UNKNOWN", "UNKNOWN", error instanceof Error ? error.message : String(error), {
      cause: error,
    });
  }
  const packed = error.metadata?.get("grpc-status-details-bin")[0];
  const status = packed instanceof Uint8Array ? decodeStatus(packed) : undefined;
  return fromStatus({ code: error.code, message: error.details, details: status?.details ?? [] }, error);
}

/** A google.rpc.Status as the one class. */
export function fromStatus(status: Pick<Status, "code" | "message" | "details">, cause?: unknown): TickwireError {
  const code = CODES[status.code] ?? "UNKNOWN";
  let reason: string = code;
  let facts: Record<string, string> = {};
  let violations: Violation[] = [];
  let retryAfterMs: number | undefined;
  for (const { typeUrl, value } of status.details) {
    try {
      switch (typeUrl.slice(typeUrl.lastIndexOf("/") + 1)) {
        case "google.rpc.ErrorInfo": {
          const info = ErrorInfo.decode(value);
          if (info.reason !== "") reason = info.reason;
          facts = Object.fromEntries(info.metadata);
          break;
        }
        case "google.rpc.BadRequest":
          violations = BadRequest.decode(value).fieldViolations.map(({ field, description }) => ({
            field,
            description,
          }));
          break;
        case "google.rpc.RetryInfo":
          retryAfterMs = toMs(RetryInfo.decode(value).retryDelay);
          break;
      }
    } catch {
      // A detail that can't be read must not hide the error that it belongs to.
    }
  }
  return new TickwireError(code, reason, status.message === "" ? code : status.message, {
    violations,
    facts,
    retryAfterMs,
    ...(cause === undefined ? {} : { cause }),
  });
}

function decodeStatus(bytes: Uint8Array): Status | undefined {
  try {
    return Status.decode(bytes);
  } catch {
    return undefined;
  }
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && "code" in error && typeof error.code === "number" && "details" in error;
}
