import type { ClientReadableStream, Metadata, MethodDefinition } from "@grpc/grpc-js";
import { Channels } from "./channels.js";
import { type ConnectionOptions, metadataOf } from "./connection.js";
import { SchedulerService } from "./gen/tickwire/v1/scheduler.js";
import { isRepeatable, type MethodName, markRepeat, nameCall } from "./repeats.js";
import { type CallOptions, type RetryParts, type Try, waitBefore, withRetry } from "./retry.js";
import { Stops } from "./stops.js";
import { fromCallError } from "./wire/status.js";

type Service = typeof SchedulerService;
type RequestOf<M extends MethodName> = Parameters<Service[M]["requestSerialize"]>[0];
type ResponseOf<M extends MethodName> = ReturnType<Service[M]["responseDeserialize"]>;

/** How one method's messages are written and read: the generated code's way, or proto3 JSON's. */
export type Codec<Req, Res> = Pick<MethodDefinition<Req, Res>, "path" | "requestSerialize" | "responseDeserialize">;

/** The calls of the contract on the wire's own messages: deadlines, repeats, errors as the one class. */
export class Calls {
  readonly #channels: Channels;
  readonly #metadata: Metadata;
  readonly #parts: RetryParts;
  readonly #closing = new AbortController();

  constructor(options: ConnectionOptions, parts: RetryParts) {
    this.#channels = new Channels(options);
    this.#metadata = metadataOf(options);
    this.#parts = { ...parts, closing: this.#closing.signal };
  }

  unary<M extends MethodName>(method: M, request: RequestOf<M>, options: CallOptions = {}): Promise<ResponseOf<M>> {
    const codec = SchedulerService[method] as unknown as Codec<RequestOf<M>, ResponseOf<M>>;
    return this.unaryAs(method, codec, request, options);
  }

  /** Rejects with TickwireError and nothing else. */
  unaryAs<Req extends object, Res>(
    method: MethodName,
    codec: Codec<Req, Res>,
    request: Req,
    options: CallOptions,
  ): Promise<Res> {
    nameCall(method, request);
    return withRetry(this.#parts, options, isRepeatable(method, request), (number, remainingMs) => {
      if (number > 1) markRepeat(method, request);
      return this.#try(codec, request, remainingMs);
    });
  }

  #try<Req, Res>(codec: Codec<Req, Res>, request: Req, remainingMs: number): Try<Res> {
    const client = this.#channels.current();
    let cancel = () => {};
    const response = new Promise<Res>((resolve, reject) => {
      const { path, requestSerialize, responseDeserialize } = codec;
      const call = client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        this.#metadata,
        within(remainingMs),
        (error, value) => {
          if (!error && value !== undefined) return resolve(value);
          const failure = fromCallError(error);
          if (failure.code === "UNAVAILABLE") this.#channels.failed(client);
          reject(failure);
        },
      );
      cancel = () => call.cancel();
    });
    return { response, cancel: () => cancel() };
  }

  stream<M extends MethodName>(
    method: M,
    request: () => RequestOf<M>,
    options: CallOptions = {},
  ): AsyncGenerator<ResponseOf<M>, void, undefined> {
    const codec = SchedulerService[method] as unknown as Codec<RequestOf<M>, ResponseOf<M>>;
    return this.streamAs(codec, request, options);
  }

  /**
   * The responses of a streaming call. Where the server becomes UNAVAILABLE it is opened anew, with the request as it is then, unless
   * `retry` is false. Throws TickwireError and nothing else; leaving the loop ends the call.
   */
  async *streamAs<Req extends object, Res>(
    codec: Codec<Req, Res>,
    request: () => Req,
    options: CallOptions,
  ): AsyncGenerator<Res, void, undefined> {
    const { clock, retry, closing } = this.#parts;
    const stops = new Stops(options.signal, closing);
    const deadline = clock.mono() + (options.timeoutMs ?? Number.POSITIVE_INFINITY);
    for (let failures = 0; ; ) {
      const early = stops.error;
      if (early) throw early;
      try {
        for await (const response of this.#open(codec, request(), deadline - clock.mono(), stops)) {
          failures = 0;
          yield response;
        }
        return;
      } catch (error) {
        const failure = stops.error ?? fromCallError(error);
        const again = options.retry !== false && ++failures < (retry.maxTries ?? Number.POSITIVE_INFINITY);
        if (failure.code !== "UNAVAILABLE" || !again) throw failure;
        await stops.wait(clock, waitBefore(failures, this.#parts, failure));
      }
    }
  }

  async *#open<Req, Res>(
    { path, requestSerialize, responseDeserialize }: Codec<Req, Res>,
    request: Req,
    remainingMs: number,
    stops: Stops,
  ): AsyncGenerator<Res, void, undefined> {
    const client = this.#channels.current();
    const stream: ClientReadableStream<Res> = client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      this.#metadata,
      within(remainingMs),
    );
    const forget = stops.listen(() => stream.cancel());
    // The cancelled call still reports an error after nobody reads it any more.
    stream.on("error", () => {});
    try {
      yield* stream as AsyncIterable<Res>;
    } catch (error) {
      const failure = fromCallError(error);
      if (failure.code === "UNAVAILABLE") this.#channels.failed(client);
      throw failure;
    } finally {
      forget();
      stream.cancel();
    }
  }

  /** Calls in progress fail as CANCELLED, and so does every later one. */
  close(): void {
    this.#closing.abort();
    this.#channels.close();
  }
}

/** grpc-js takes a deadline as a moment. */
function within(remainingMs: number): { deadline?: number } {
  return Number.isFinite(remainingMs) ? { deadline: Date.now() + Math.max(0, remainingMs) } : {};
}
