import type { Result } from "../gen/tickwire/v1/worker.js";
import { toDuration, toTimestamp } from "../wire/time.js";
import type { HeldTask } from "./held-task.js";
import { describe, failure } from "./invoke.js";
import type { Outcome } from "./outcome.js";

/** The server keeps 64 KiB of a result, and notes that it was cut where one byte more comes: so no more than that is sent. */
const resultLimit = 64 * 1024 + 1;
/** Both sides take messages of at most 4 MiB. What is longer than the server's own limit, but not than this, it rejects by name. */
const payloadLimit = 4 * 1024 * 1024 - resultLimit - 4096;

/** Sets the task's result, with an upper bound of its size. An outcome that no message can carry becomes a failure that says so. */
export function setResult(held: HeldTask, outcome: Outcome): void {
  try {
    held.result = { slug: held.slug, token: held.token, outcome: wireOutcome(outcome) };
    held.resultBytes = 96 + held.slug.length + bytesOf(outcome);
  } catch (error) {
    // A value that no message can carry would end every stream that it is sent on.
    setResult(held, failure(`the outcome can't be sent: ${describe(error)}`));
  }
}

function bytesOf(outcome: Outcome): number {
  if (outcome.type === "failure") return 3 * outcome.error.length;
  if (outcome.type !== "success") return 0;
  return Math.min(outcome.result.length, resultLimit) + (outcome.payload?.length ?? 0);
}

function wireOutcome(outcome: Outcome): Result["outcome"] {
  switch (outcome.type) {
    case "success": {
      const { result, payload, nextTime, lastRun } = outcome;
      if (payload && payload.length > payloadLimit) {
        throw new RangeError(`the new payload has ${payload.length} bytes, and a message takes ${payloadLimit}`);
      }
      const value = {
        result: result.length > resultLimit ? result.subarray(0, resultLimit) : result,
        payload,
        nextTime: nextTime && toTimestamp(nextTime, "next_time"),
        lastRun: lastRun === true,
      };
      return { $case: "success", value };
    }
    case "failure": {
      const { error, permanent, retryAfterMs } = outcome;
      const retryAfter = retryAfterMs === undefined ? undefined : toDuration(retryAfterMs, "retry_after");
      return { $case: "failure", value: { error, permanent, retryAfter } };
    }
    case "released":
      return { $case: "released", value: {} };
    case "snoozed":
      return { $case: "snoozed", value: { delay: toDuration(outcome.delayMs, "delay") } };
    case "cancelled":
      return { $case: "cancelled", value: {} };
  }
}
