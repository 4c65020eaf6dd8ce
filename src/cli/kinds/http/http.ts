import { type Handler, PermanentError, type Task } from "@tickwire/client";
import { version } from "../../../version.js";
import { type ConnectOptions, connector } from "./connect.js";
import type { Outgoing } from "./exchange.js";
import { Expected } from "./expected.js";
import { failureOf } from "./failure.js";
import { follow, RedirectError } from "./follow.js";
import { type HttpRequest, readRequest } from "./request.js";
import { httpResult } from "./result.js";

const SUCCESS = new Expected(["2xx", "3xx"]);

/** Makes the request that the payload describes. Its result has the status and the beginning of the body. */
export function httpHandler(options: ConnectOptions): Handler {
  const connect = connector(options);
  return async (task, { signal }) => {
    signal.throwIfAborted();
    const request = readRequest(task.payload);
    const answer = await follow(outgoing(request, task), request.expected, connect, signal).catch((error: unknown) => {
      if (signal.aborted) throw signal.reason;
      const isTold = error instanceof PermanentError || error instanceof RedirectError;
      throw isTold ? error : new Error(reasonOf(error, request.url));
    });
    const expected = request.expected ?? SUCCESS;
    if (!expected.has(answer.status)) throw failureOf(answer, expected, Date.now());
    return httpResult(answer);
  };
}

/** What the payload says, over what every request says of its task. */
function outgoing({ method, url, headers, body }: HttpRequest, task: Task): Outgoing {
  const own = {
    accept: "*/*",
    "user-agent": `tickwire/${version}`,
    // Of a job that was deleted and made anew, the same times are other occurrences.
    "idempotency-key": `${task.jobUid}:${task.occurrenceId}`,
    "tickwire-slug": task.slug,
    "tickwire-occurrence-id": task.occurrenceId,
    "tickwire-attempt": String(task.attempt),
    "tickwire-fence": String(task.fence),
  };
  return { method, url, headers: new Map([...Object.entries(own), ...headers]), body };
}

/** The path is left out: it may hold a secret. */
function reasonOf(error: unknown, url: URL): string {
  // Of several addresses that were tried, one says it.
  const one = error instanceof AggregateError ? error.errors[0] : error;
  return `no answer from ${url.host}: ${one instanceof Error ? one.message : String(one)}`;
}
