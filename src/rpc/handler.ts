import { once } from "node:events";
import type {
  handleServerStreamingCall,
  handleUnaryCall,
  Metadata,
  ServerUnaryCall,
  ServerWritableStream,
} from "@grpc/grpc-js";
import { TickwireError } from "../core/errors.js";
import type { Log } from "../core/log.js";
import { Malformed } from "./decode.js";
import { toStatus } from "./status.js";

/** What a handler knows of its call besides the request. */
export interface CallContext {
  /** Aborts when the caller cancels, its deadline passes, or its connection breaks. */
  readonly signal: AbortSignal;
  readonly metadata: Metadata;
}

/** One answer to one request. Whatever `handle` throws becomes a status: nothing that a caller sends ends the process. */
export function unary<Request, Response>(
  log: Log,
  handle: (request: Request, context: CallContext) => Promise<Response> | Response,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    answer(call, handle)
      .then(
        (response) => callback(null, response),
        (error: unknown) => callback(toStatus(error, log, call.getPath())),
      )
      .catch((error: unknown) => log.error({ call: call.getPath(), err: error }, "answer not sent"));
  };
}

async function answer<Request, Response>(
  call: ServerUnaryCall<Request, Response>,
  handle: (request: Request, context: CallContext) => Promise<Response> | Response,
): Promise<Response> {
  return await handle(whole(call.request), contextOf(call));
}

/** Many answers to one request, no faster than the caller reads them. The iterator is closed when the call ends, in whichever way. */
export function serverStream<Request, Response>(
  log: Log,
  handle: (request: Request, context: CallContext) => AsyncIterable<Response>,
): handleServerStreamingCall<Request, Response> {
  return (call) => {
    pour(call, handle)
      .then(
        () => call.end(),
        (error: unknown) => {
          // One that ended meanwhile, as an orderly shutdown ends it, has its status.
          if (call.cancelled || call.writableEnded) return;
          call.emit("error", toStatus(error, log, call.getPath()));
        },
      )
      .catch((error: unknown) => log.error({ call: call.getPath(), err: error }, "answer not sent"));
  };
}

async function pour<Request, Response>(
  call: ServerWritableStream<Request, Response>,
  handle: (request: Request, context: CallContext) => AsyncIterable<Response>,
): Promise<void> {
  const context = contextOf(call);
  for await (const response of handle(whole(call.request), context)) {
    if (context.signal.aborted) return;
    if (!call.write(response)) await drained(call, context.signal);
  }
}

async function drained(call: ServerWritableStream<unknown, unknown>, signal: AbortSignal): Promise<void> {
  try {
    await once(call, "drain", { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function contextOf(call: ServerUnaryCall<unknown, unknown> | ServerWritableStream<unknown, unknown>): CallContext {
  const controller = new AbortController();
  if (call.cancelled) controller.abort();
  else call.once("cancelled", () => controller.abort());
  return { signal: controller.signal, metadata: call.metadata };
}

function whole<Request>(request: Request): Request {
  if (!(request instanceof Malformed)) return request;
  if (request.cause instanceof TickwireError) throw request.cause;
  throw new TickwireError(
    "MALFORMED",
    "the request is not a valid protobuf message of its type",
    {},
    { cause: request.cause },
  );
}
