import { cutText, encodePayload, type Payload } from "../payload.js";
import type { TaskContext } from "./context.js";
import { Ending, type Outcome, PermanentError, plainSuccess, RetryAfterError } from "./outcome.js";
import type { Task } from "./task.js";

/** A handler's answer: nothing or a result, or more by `complete`, `snooze` or `release`. */
// biome-ignore lint/suspicious/noConfusingVoidType: a handler that returns nothing is the common case.
export type Answer = Payload | Ending | undefined | void;

/** Runs one task. What it returns is the result; what it throws is a failure. */
export type Handler = (task: Task, context: TaskContext) => Answer | Promise<Answer>;

/** The server keeps so much of an error. */
const errorLimit = 8 * 1024;

/** Calls `done` exactly once, with what the handler said. Never throws. */
export function invoke(
  handler: Handler,
  task: Task,
  context: TaskContext,
  done: (outcome: Outcome, threw: boolean) => void,
): void {
  let answer: Answer | Promise<Answer>;
  try {
    answer = handler(task, context);
  } catch (error) {
    done(outcomeOfThrown(error), true);
    return;
  }
  if (isThenable(answer)) {
    answer.then(
      (value) => done(outcomeOfAnswer(value), false),
      (error) => done(outcomeOfThrown(error), true),
    );
  } else {
    done(outcomeOfAnswer(answer), false);
  }
}

function isThenable(answer: Answer | Promise<Answer>): answer is Promise<Answer> {
  return typeof answer === "object" && answer !== null && "then" in answer && typeof answer.then === "function";
}

export function outcomeOfAnswer(answer: Answer): Outcome {
  if (answer === undefined) return plainSuccess;
  if (answer instanceof Ending) return answer.outcome;
  try {
    return { type: "success", result: encodePayload(answer).bytes };
  } catch (error) {
    return failure(`the handler's result can't be sent: ${describe(error)}`);
  }
}

export function outcomeOfThrown(error: unknown): Outcome {
  const permanent = error instanceof PermanentError;
  return failure(describe(error), permanent, error instanceof RetryAfterError ? error.retryAfterMs : undefined);
}

export function failure(error: string, permanent = false, retryAfterMs?: number): Outcome {
  return { type: "failure", error: cutText(error, errorLimit), permanent, retryAfterMs };
}

/** An error's message and those of its causes; the stack stays here. */
export function describe(error: unknown, depth = 0): string {
  if (!(error instanceof Error)) return safeString(error);
  const plain = error.name === "Error" || error instanceof PermanentError || error instanceof RetryAfterError;
  const text =
    plain && error.message !== "" ? error.message : `${error.name}${error.message === "" ? "" : `: ${error.message}`}`;
  return error.cause === undefined || depth === 4 ? text : `${text}: ${describe(error.cause, depth + 1)}`;
}

function safeString(value: unknown): string {
  try {
    return String(value);
  } catch {
    return `a thrown ${typeof value}`;
  }
}
