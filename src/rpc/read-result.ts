import { Check } from "../core/check.js";
import { checkSlug } from "../core/check-names.js";
import { checkSpan } from "../core/check-number.js";
import { checkPayload } from "../core/check-payload.js";
import { limit } from "../core/limits.js";
import { cutText } from "../core/text.js";
import type { ProgressReport, WorkerResult } from "../dispatch/frames.js";
import type {
  Failure,
  Result,
  Snoozed,
  Success,
  ProgressReport as WireProgressReport,
} from "./gen/tickwire/v1/worker.js";
import { ID_BYTES } from "./read-hello.js";
import { readDuration, readTimestamp } from "./time.js";

const NO_BYTES = Buffer.alloc(0);
/** A snooze is at least so long, in ms: what is shorter is rounded up to it. */
const SNOOZE_MIN_MS = 1_000;

/**
 * What became of a task. Undefined where no task can have this name: such a result is stale. An outcome that can't be accepted
 * is one too, with the reason.
 */
export function readResult(wire: Result): WorkerResult | undefined {
  if (!canName(wire)) return undefined;
  return { slug: wire.slug, token: wire.token.toString("hex"), outcome: readOutcome(wire.outcome) };
}

/** What a running task tells. Undefined where no task can have this name, or where it tells nothing that can be kept. */
export function readProgress(wire: WireProgressReport): ProgressReport | undefined {
  if (!canName(wire)) return undefined;
  const { progress, note, checkpoint } = wire;
  const report = {
    ...(progress !== undefined && progress >= 0 && progress <= 1 && { fraction: progress }),
    ...(note !== undefined && { note: cutText(storable(note), limit("progress_note_bytes")) }),
    ...(checkpoint !== undefined && checkpoint.length <= limit("checkpoint_bytes") && { checkpoint }),
  };
  if (Object.keys(report).length === 0) return undefined;
  return { slug: wire.slug, token: wire.token.toString("hex"), ...report };
}

function canName({ slug, token }: { readonly slug: string; readonly token: Uint8Array }): boolean {
  if (token.length !== ID_BYTES) return false;
  const check = new Check();
  checkSlug(check, "slug", slug);
  return check.clean;
}

function readOutcome(outcome: Result["outcome"]): WorkerResult["outcome"] {
  switch (outcome?.$case) {
    case "success":
      return readSuccess(outcome.value);
    case "failure":
      return readFailure(outcome.value);
    case "snoozed":
      return readSnoozed(outcome.value);
    case "released":
    case "cancelled":
      return { type: outcome.$case };
    case undefined:
      return unacceptable("the result has no outcome, or one that this server does not know");
  }
}

function readSuccess({ result: bytes, payload, nextTime, lastRun }: Success): WorkerResult["outcome"] {
  // One for all: an empty array of its own would be kept with each run, 200 bytes of it.
  const result = bytes.length === 0 ? NO_BYTES : bytes;
  // Most successes say nothing more.
  if (payload === undefined && nextTime === undefined) {
    return lastRun ? { type: "success", result, lastRun } : { type: "success", result };
  }
  const check = new Check();
  if (payload) checkPayload(check, "success.payload", payload);
  const at = readTimestamp(check, "success.next_time", nextTime);
  return (
    refusal(check) ?? {
      type: "success",
      result,
      ...(payload && { payload }),
      ...(at && { nextTime: at }),
      ...(lastRun && { lastRun }),
    }
  );
}

function readFailure({ error, permanent, retryAfter }: Failure): WorkerResult["outcome"] {
  const check = new Check();
  const retryAfterMs = readDuration(check, "failure.retry_after", retryAfter);
  if (retryAfterMs !== undefined) checkSpan(check, "failure.retry_after", retryAfterMs, 0, limit("span_max_ms"));
  return (
    refusal(check) ?? {
      type: "failure",
      // Cut here already: an error that waits for the store holds no more than what is kept of it.
      error: cutText(storable(error), limit("error_bytes")),
      ...(permanent && { permanent }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    }
  );
}

function readSnoozed({ delay }: Snoozed): WorkerResult["outcome"] {
  const check = new Check();
  const delayMs = Math.max(SNOOZE_MIN_MS, readDuration(check, "snoozed.delay", delay) ?? 0);
  checkSpan(check, "snoozed.delay", delayMs, SNOOZE_MIN_MS, limit("span_max_ms"));
  return refusal(check) ?? { type: "snoozed", delayMs };
}

function refusal(check: Check): WorkerResult["outcome"] | undefined {
  const error = check.error();
  return error && unacceptable(error.message);
}

function unacceptable(reason: string): WorkerResult["outcome"] {
  return { type: "unacceptable", reason };
}

/** PostgreSQL can't store NUL characters, and an error that holds a program's output may have them: shown as what they are. */
function storable(text: string): string {
  return text.includes("\0") ? text.replaceAll("\0", "\u2400") : text;
}
