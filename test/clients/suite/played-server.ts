import type { DescMethod, JsonObject, JsonValue } from "@bufbuild/protobuf";
import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  status,
} from "@grpc/grpc-js";
import { errorDetails, statusProto } from "@tickwire/client/internal";
import { Inbox } from "./inbox.js";
import { decode, decodeFrame, encode, encodeFrame, methods, type Said } from "./wire.js";

/** An error as a server sends it. */
export interface Failure {
  readonly code: keyof typeof status;
  readonly message?: string;
  /** With ErrorInfo. */
  readonly reason?: string;
  readonly facts?: Readonly<Record<string, string>>;
  /** With RetryInfo. */
  readonly retryMs?: number;
  /** With BadRequest. */
  readonly violations?: readonly { readonly field: string; readonly description: string }[];
}

export function statusOf({ code, message = "told so", reason, facts = {}, retryMs, violations = [] }: Failure) {
  const { ErrorInfo, BadRequest, RetryInfo } = errorDetails;
  const details: { typeUrl: string; value: Buffer }[] = [];
  const add = (name: string, value: Uint8Array) =>
    details.push({ typeUrl: `type.googleapis.com/google.rpc.${name}`, value: Buffer.from(value) });
  if (reason !== undefined) {
    const info = { reason, domain: "tickwire", metadata: new Map(Object.entries(facts)) };
    add("ErrorInfo", ErrorInfo.encode(ErrorInfo.fromPartial(info)).finish());
  }
  if (violations.length > 0) {
    const fieldViolations = violations.map((violation) => ({ ...violation }));
    add("BadRequest", BadRequest.encode(BadRequest.fromPartial({ fieldViolations })).finish());
  }
  if (retryMs !== undefined) {
    const retryDelay = { seconds: BigInt(Math.floor(retryMs / 1000)), nanos: (retryMs % 1000) * 1_000_000 };
    add("RetryInfo", RetryInfo.encode(RetryInfo.fromPartial({ retryDelay })).finish());
  }
  return { code: status[code], message, details };
}

function errorOf(failure: Failure) {
  const told = statusOf(failure);
  const metadata = new Metadata();
  if (told.details.length > 0) {
    const packed = statusProto.Status.encode(statusProto.Status.fromPartial(told)).finish();
    metadata.set("grpc-status-details-bin", Buffer.from(packed));
  }
  return { code: told.code, details: told.message, metadata };
}

/** What a frame may take; beyond it, it holds one item. */
const frameLimit = 1024 * 1024;

type Duplex = ServerDuplexStream<Buffer, Buffer>;

/** A worker's stream, from the server's side. */
export class PlayedStream {
  readonly said = new Inbox<Said>();
  /** When each ping came. */
  readonly pings = new Inbox<true>();
  /** The worker has ended it. */
  readonly ended = new Inbox<true>();
  /** What breaks a rule that holds in every scenario. */
  readonly faults: string[] = [];
  readonly metadata: Metadata;
  /** Leaves its side open when the worker ends its own. */
  lingers = false;
  readonly #call: Duplex;
  #pinging: NodeJS.Timeout | undefined;
  #frames = 0;

  constructor(call: Duplex) {
    this.#call = call;
    this.metadata = call.metadata;
    call.on("data", (bytes: Buffer) => this.#frame(bytes));
    call.on("end", () => {
      if (!this.lingers) call.end();
      this.#gone();
    });
    call.on("cancelled", () => this.#gone());
    call.on("error", () => this.#gone());
  }

  #frame(bytes: Buffer): void {
    const items = decodeFrame(bytes);
    if (bytes.length > frameLimit && items.length > 1) {
      this.faults.push(`a frame of ${bytes.length} bytes holds ${items.length} items`);
    }
    for (const item of items) {
      if ((this.#frames++ === 0) !== "hello" in item) this.faults.push(`frame ${this.#frames} is ${Object.keys(item)}`);
      if ("ping" in item) this.pings.push(true);
      else this.said.push(item);
    }
  }

  #gone(): void {
    clearInterval(this.#pinging);
    this.ended.push(true);
    const why = "the worker has ended its stream";
    this.said.close(why);
    this.pings.close(why);
  }

  send(frame: JsonValue): void {
    this.sendBytes(encodeFrame(frame));
  }

  sendBytes(bytes: Buffer): void {
    this.#call.write(bytes);
  }

  /** Shows from here on that it lives. */
  ping(intervalMs: number): void {
    this.#pinging = setInterval(() => this.send({ ping: {} }), intervalMs);
  }

  fail(failure: Failure): void {
    clearInterval(this.#pinging);
    this.#call.emit("error", errorOf(failure));
  }

  end(): void {
    clearInterval(this.#pinging);
    this.#call.end();
  }
}

/** A call that is not the stream, waiting for its answer. */
export class PlayedCall {
  constructor(
    readonly method: DescMethod,
    readonly request: JsonObject,
    readonly metadata: Metadata,
    readonly answer: (response: JsonValue) => void,
    readonly fail: (failure: Failure) => void,
    /** Of a streaming call: a normal end. */
    readonly end: () => void,
  ) {}
}

export interface Certificates {
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
  /** Whether a caller must show one of the same authority. */
  readonly mutual: boolean;
}

export interface Arrivals {
  stream(stream: PlayedStream): void;
  call(call: PlayedCall): void;
}

/** A server that only says what it is told to. */
export class PlayedServer {
  readonly #arrivals: Arrivals;
  readonly #certificates: Certificates | undefined;
  readonly address: string;
  #server: Server | undefined;

  constructor(address: string, arrivals: Arrivals, certificates?: Certificates) {
    this.address = address;
    this.#arrivals = arrivals;
    this.#certificates = certificates;
  }

  async listen(): Promise<void> {
    const server = new Server({ "grpc.max_receive_message_length": 4 * 1024 * 1024 });
    const definitions = methods().map((method) => [
      method.localName,
      {
        path: `/${method.parent.typeName}/${method.name}`,
        requestStream: method.methodKind === "bidi_streaming",
        responseStream: method.methodKind !== "unary",
        requestSerialize: same,
        requestDeserialize: same,
        responseSerialize: same,
        responseDeserialize: same,
      },
    ]);
    const handlers = methods().map((method) => [method.localName, this.#handler(method)]);
    server.addService(Object.fromEntries(definitions), Object.fromEntries(handlers));
    const { cert, key, ca, mutual } = this.#certificates ?? {};
    const credentials =
      cert && key
        ? ServerCredentials.createSsl(ca ?? null, [{ cert_chain: cert, private_key: key }], mutual)
        : ServerCredentials.createInsecure();
    await new Promise<void>((resolve, reject) => {
      server.bindAsync(this.address, credentials, (error) => (error ? reject(error) : resolve()));
    });
    this.#server = server;
  }

  #handler(method: DescMethod): unknown {
    const { input, output, methodKind } = method;
    if (methodKind === "bidi_streaming") {
      return (call: Duplex) => this.#arrivals.stream(new PlayedStream(call));
    }
    if (methodKind === "server_streaming") {
      return (call: ServerWritableStream<Buffer, Buffer>) => {
        call.on("error", () => {});
        this.#arrivals.call(
          new PlayedCall(
            method,
            decode(input, call.request),
            call.metadata,
            (response) => call.write(encode(output, response)),
            (failure) => call.emit("error", errorOf(failure)),
            () => call.end(),
          ),
        );
      };
    }
    return (call: ServerUnaryCall<Buffer, Buffer>, callback: (error: unknown, response?: Buffer) => void) => {
      this.#arrivals.call(
        new PlayedCall(
          method,
          decode(input, call.request),
          call.metadata,
          (response) => callback(null, encode(output, response)),
          (failure) => callback(errorOf(failure)),
          () => {},
        ),
      );
    };
  }

  /** As after kill -9: its connections break, and its port is closed. */
  kill(): void {
    this.#server?.forceShutdown();
    this.#server = undefined;
  }
}

function same(bytes: Buffer): Buffer {
  return bytes;
}
