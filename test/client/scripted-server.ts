import { Metadata, Server, ServerCredentials, type ServerDuplexStream, status } from "@grpc/grpc-js";
import { errorDetails, schedulerProto, statusProto, type workerProto } from "@tickwire/client/internal";

type WorkRequest = workerProto.WorkRequest;
type WorkResponse = workerProto.WorkResponse;

/** What a handler throws to answer with a status. */
export class Refusal extends Error {
  constructor(
    readonly code: status,
    message: string,
    readonly metadata = new Metadata(),
  ) {
    super(message);
  }
}

/** An error as the server sends it: ErrorInfo, and BadRequest where fields are wrong. */
export function refusal(
  code: status,
  reason: string,
  message: string,
  violations: { field: string; description: string }[] = [],
) {
  const { ErrorInfo, BadRequest } = errorDetails;
  const details = [
    {
      typeUrl: "type.googleapis.com/google.rpc.ErrorInfo",
      value: Buffer.from(
        ErrorInfo.encode(
          ErrorInfo.fromPartial({ reason, domain: "tickwire", metadata: new Map([["slug", "a"]]) }),
        ).finish(),
      ),
    },
  ];
  if (violations.length > 0) {
    const value = Buffer.from(BadRequest.encode(BadRequest.fromPartial({ fieldViolations: violations })).finish());
    details.push({ typeUrl: "type.googleapis.com/google.rpc.BadRequest", value });
  }
  const metadata = new Metadata();
  metadata.set(
    "grpc-status-details-bin",
    Buffer.from(statusProto.Status.encode(statusProto.Status.fromPartial({ code, message, details })).finish()),
  );
  return new Refusal(code, message, metadata);
}

// biome-ignore lint/suspicious/noExplicitAny: the messages of thirty methods.
type Message = any;
export type Script = {
  [M in keyof typeof schedulerProto.SchedulerService]?: (request: Message, call: Message) => Message;
};

/** One worker's stream, as the script plays it. */
export class ServerStream {
  readonly #call: ServerDuplexStream<WorkRequest, WorkResponse>;
  readonly #frames: WorkRequest[] = [];
  readonly #wanted: ((frame: WorkRequest) => void)[] = [];
  readonly ended: Promise<void>;
  /** The address that the worker called. */
  readonly address: string;

  constructor(call: ServerDuplexStream<WorkRequest, WorkResponse>) {
    this.#call = call;
    this.address = call.getHost();
    call.on("data", (frame: WorkRequest) => {
      const wanted = this.#wanted.shift();
      if (wanted) wanted(frame);
      else this.#frames.push(frame);
    });
    this.ended = new Promise((resolve) => {
      call.on("end", () => {
        call.end();
        resolve();
      });
      call.on("cancelled", resolve);
    });
    call.on("error", () => {});
  }

  /** The next frame that the worker sent. */
  next(): Promise<WorkRequest> {
    const frame = this.#frames.shift();
    return frame ? Promise.resolve(frame) : new Promise((resolve) => this.#wanted.push(resolve));
  }

  send(frame: NonNullable<WorkResponse["frame"]>): void {
    this.#call.write({ frame });
  }

  fail(code: status, message: string): void {
    this.#call.emit("error", { code, details: message });
  }
}

/** A server on a free port that answers as the script says; unary calls without a script are UNIMPLEMENTED. */
export async function scriptedServer(
  script: Script,
  port = 0,
  host = "127.0.0.1",
): Promise<{ address: string; server: Server; stop(): void }> {
  const server = new Server({ "grpc.max_receive_message_length": 4 * 1024 * 1024 });
  server.addService(
    schedulerProto.SchedulerService,
    Object.fromEntries(
      Object.entries(schedulerProto.SchedulerService).map(([name, { responseStream }]) => {
        const play = script[name as keyof Script];
        const handler = responseStream
          ? (call: Message) =>
              void Promise.resolve()
                .then(() => play?.(call.request, call))
                .catch((error) => call.emit("error", error))
          : (call: Message, callback: Message) => {
              Promise.resolve()
                .then(() => {
                  if (!play) throw new Refusal(status.UNIMPLEMENTED, "not in the script");
                  return play(call.request, call);
                })
                .then(
                  (response) => callback(null, response),
                  (error) => callback(error),
                );
            };
        return [name, handler];
      }),
    ),
  );
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, ServerCredentials.createInsecure(), (error, at) =>
      error ? reject(error) : resolve(at),
    );
  });
  return { address: `${host}:${bound}`, server, stop: () => server.forceShutdown() };
}
