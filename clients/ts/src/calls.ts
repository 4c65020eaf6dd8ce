import type { ClientReadableStream, Metadata, MethodDefinition } from "@grpc/grpc-js";
import { Channels } from "./channels.js";
import { type ConnectionOptions, metadataOf } from "./connection.js";
import { SchedulerService } from "./gen/tickwire/v1/scheduler.js";
import { isRepeatable, type MethodName, markRepeat, nameCall } from "./repeats.js";
import { abortedBy, type CallOptions, type RetryParts, type Try, wait, waitBefore, withRetry } from "./retry.js";
import { fromCallError } from "./wire/status.js";

type Service = typeof SchedulerService;
type RequestOf<M extends MethodName> = Parameters<Service[M]["requestSerialize"]>[0];
type ResponseOf<M extends MethodName> = ReturnType<Service[M]["responseDeserialize"]>;

/** How one method's messages are written and read: the generated code's way, or proto3 JSON's. */
export type Codec<Req, Res> = Pick<MethodDefinition<Req, Res>, "path" | "requestSerialize" | "responseDeserialize">;

/** The calls of the contract on the wire's own messages: deadlines, repeats, errors as the one class. */
export class Calls {
  readonly channels: Channels;
  readonly #metadata: Metadata;
  readonly #parts: RetryParts;

  constructor(options: ConnectionOptions, parts: RetryParts) {
    this.channels = new Channels(options);
    this.#metadata = metadataOf(options);
    this.#parts = parts;
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
    const client = this.channels.current();
    const deadline = Number.isFinite(remainingMs) ? { deadline: Date.now() + Math.max(0, remainingMs) } : {};
    let cancel = () => {};
    const response = new Promise<Res>((resolve, reject) => {
      const { path, requestSerialize, responseDeserialize } = codec;
      const call = client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        this.#metadata,
        deadline,
        (error, value) => {
          if (!error && value !== undefined) return resolve(value);
          const failure = fromCallError(error);
          if (failure.code === "UNAVAILABLE") this.channels.failed(client);
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
    const { signal } = options;
    const { clock, retry } = this.#parts;
    for (let failures = 0; ; ) {
      if (signal?.aborted) throw abortedBy(signal);
      try {
        for await (const response of this.#open(codec, request(), options)) {
          failures = 0;
          yield response;
        }
        return;
      } catch (error) {
        const failure = fromCallError(error);
        if (signal?.aborted) throw abortedBy(signal);
        failures++;
        if (failure.code !== "UNAVAILABLE" || options.retry === false || failures >= (retry.maxTries ?? Infinity))
          throw failure;
        await wait(clock, Math.max(waitBefore(failures, this.#parts), failure.retryAfterMs ?? 0), signal);
      }
    }
  }

  async *#open<Req, Res>(
    codec: Codec<Req, Res>,
    request: Req,
    { signal, timeoutMs }: CallOptions,
  ): AsyncGenerator<Res, void, undefined> {
    const client = this.channels.current();
    const deadline = timeoutMs !== undefined && Number.isFinite(timeoutMs) ? { deadline: Date.now() + timeoutMs } : {};
    const { path, requestSerialize, responseDeserialize } = codec;
    const stream: ClientReadableStream<Res> = client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      this.#metadata,
      deadline,
    );
    const cancel = () => stream.cancel();
    signal?.addEventListener("abort", cancel);
    // The cancelled call still reports an error after nobody reads it any more.
    stream.on("error", () => {});
    try {
      yield* stream as AsyncIterable<Res>;
    } catch (error) {
      const failure = fromCallError(error);
      if (failure.code === "UNAVAILABLE") this.channels.failed(client);
      throw failure;
    } finally {
      signal?.removeEventListener("abort", cancel);
      stream.cancel();
    }
  }
}
