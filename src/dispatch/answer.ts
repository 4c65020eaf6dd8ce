import type { Outcome } from "../core/outcome.js";
import type { WorkerResult } from "./frames.js";
import type { Task } from "./task.js";

/** What a result costs besides its bytes, about. */
const RESULT_OVERHEAD = 256;

/** What a worker's result means for the task it was sent; absent where this server knows nothing of that. */
export function readAnswer(
  task: Task | undefined,
  { outcome }: WorkerResult,
): { readonly outcome: Outcome; readonly rejected?: string } {
  if (outcome.type === "unacceptable") {
    const error = `the server could not accept the result: ${outcome.reason}`;
    return { outcome: afterTimeout(task, { type: "failure", error }), rejected: outcome.reason };
  }
  return { outcome: afterTimeout(task, outcome) };
}

/** What a worker answers to a timeout is that timeout, unless it succeeded all the same. */
function afterTimeout(task: Task | undefined, outcome: Outcome): Outcome {
  if (task?.told !== "timed_out") return outcome;
  if (outcome.type === "cancelled") return { type: "timed_out", error: timeoutText(task) };
  if (outcome.type === "failure") return { type: "timed_out", error: `${timeoutText(task)}: ${outcome.error}` };
  return outcome;
}

export function timeoutText(task: Task): string {
  return `the attempt outlasted its time limit of ${task.timeoutMs} ms`;
}

/** Memory that a result takes until it is stored, about. */
export function bytesOf(outcome: WorkerResult["outcome"]): number {
  if (outcome.type === "success") return RESULT_OVERHEAD + outcome.result.length + (outcome.payload?.length ?? 0);
  return RESULT_OVERHEAD + ("error" in outcome ? outcome.error.length : 0);
}
