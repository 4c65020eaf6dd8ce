import { type ClientReadableStream, Client as GrpcClient, type Metadata, type MethodDefinition } from "@grpc/grpc-js";
import { parseAddresses } from "./addresses.js";
import { type ConnectionOptions, channelOptionsOf, credentialsOf, metadataOf } from "./connection.js";
import { SchedulerService } from "./gen/tickwire/v1/scheduler.js";
import type { Member } from "./member.js";
import { Pool } from "./pool.js";
import { isRepeatable, type MethodName, markRepeat, nameCall } from "./repeats.js";
import { type CallOptions, type RetryParts, type Try, waitBefore, withRetry } from "./retry.js";
import { Round } from "./round.js";
import { type Lookup, nameOptions, Servers } from "./servers.js";
import { closingSignal, Stops } from "./stops.js";
import { fromCallError } from "./wire/status.js";

type Service = typeof SchedulerService;
type RequestOf<M extends MethodName> = Parameters<Service[M]["requestSerialize"]>[0];
type ResponseOf<M extends MethodName> = ReturnType<Service[M]["responseDeserialize"]>;

/** How one method's messages are written and read: the generated code's way, or proto3 JSON's. */
export type Codec<Req, Res> = Pick<MethodDefinition<Req, Res>, "path" | "requestSerialize" | "responseDeserialize">;

/** The calls of the contract on the wire's own messages: deadlines, repeats, errors as the one class. */
export class Calls {
  readonly #pool: Pool;
  readonly #metadata: Metadata;
  readonly #parts: RetryParts;
  readonly #closing = closingSignal();

  constructor(options: ConnectionOptions, parts: RetryParts, lookup?: Lookup) {
    const { clock, random } = parts;
    const credentials = credentialsOf(options);
    const channelOptions = channelOptionsOf(options);
    this.#pool = new Pool({
      servers: new Servers(parseAddresses(options.address), clock, lookup),
      clock,
      random,
      connect: (server) => new GrpcClient(server.address, credentials, { ...nameOptions(server), ...channelOptions }),
    });
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
    const round = new Round();
    return withRetry(this.#parts, options, isRepeatable(method, request), (number, remainingMs) => {
      if (number > 1) markRepeat(method, request);
      const hasOther = () => this.#pool.hasOther(round);
      return { ...this.#try(codec, request, remainingMs, round), hasOther };
    });
  }

  #try<Req, Res>(codec: Codec<Req, Res>, request: Req, remainingMs: number, round: Round): Try<Res> {
    const member = this.#pool.now(round);
    if (member) return this.#send(member, codec, request, remainingMs);
    const { clock } = this.#parts;
    const startedAt = clock.mono();
    const waiting = new AbortController();
    let cancel = () => waiting.abort();
    const response = this.#pool.later(round, remainingMs, waiting.signal).then((reached) => {
      const sent = this.#send(reached, codec, request, remainingMs - (clock.mono() - startedAt));
      cancel = sent.cancel;
      return sent.response;
    });
    return { response, cancel: () => cancel() };
  }

  #send<Req, Res>(member: Member, codec: Codec<Req, Res>, request: Req, remainingMs: number): Try<Res> {
    let cancel = () => {};
    const response = new Promise<Res>((resolve, reject) => {
      const { path, requestSerialize, responseDeserialize } = codec;
      const call = member.client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        this.#metadata,
        within(remainingMs),
        (error, value) => {
          if (!error && value !== undefined) return resolve(value);
          const failure = fromCallError(error);
          if (failure.code === "UNAVAILABLE") this.#pool.failed(member, failure);
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
   * The responses of a streaming call. Where the server becomes UNAVAILABLE it is opened anew, at another one if there is one, with the
   * request as it is then, unless `retry` is false. Throws TickwireError and nothing else; leaving the loop ends the call.
   */
  async *streamAs<Req extends object, Res>(
    codec: Codec<Req, Res>,
    request: () => Req,
    options: CallOptions,
  ): AsyncGenerator<Res, void, undefined> {
    const { clock, retry, closing } = this.#parts;
    const stops = new Stops(options.signal, closing);
    const deadline = clock.mono() + (options.timeoutMs ?? Number.POSITIVE_INFINITY);
    const round = new Round();
    for (let failures = 0; ; ) {
      const early = stops.error;
      if (early) throw early;
      let heard = false;
      try {
        for await (const response of this.#open(codec, request, deadline, stops, round)) {
          heard = true;
          failures = 0;
          round.begin();
          yield response;
        }
        return;
      } catch (error) {
        const failure = stops.error ?? fromCallError(error);
        if (failure.code !== "UNAVAILABLE" || options.retry === false) throw failure;
        // Those whom one server has left must not come to the next all at once.
        if (!heard && this.#pool.hasOther(round)) continue;
        if (++failures >= (retry.maxTries ?? Number.POSITIVE_INFINITY)) throw failure;
        await stops.wait(clock, waitBefore(failures, this.#parts, failure));
      }
    }
  }

  async *#open<Req, Res>(
    { path, requestSerialize, responseDeserialize }: Codec<Req, Res>,
    request: () => Req,
    deadline: number,
    stops: Stops,
    round: Round,
  ): AsyncGenerator<Res, void, undefined> {
    const { clock } = this.#parts;
    const member = this.#pool.now(round) ?? (await this.#reached(round, deadline - clock.mono(), stops));
    const stream: ClientReadableStream<Res> = member.client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request(),
      this.#metadata,
      within(deadline - clock.mono()),
    );
    const forget = stops.listen(() => stream.cancel());
    // The cancelled call still reports an error after nobody reads it any more.
    stream.on("error", () => {});
    try {
      yield* stream as AsyncIterable<Res>;
    } catch (error) {
      const failure = fromCallError(error);
      if (failure.code === "UNAVAILABLE") this.#pool.failed(member, failure);
      throw failure;
    } finally {
      forget();
      stream.cancel();
    }
  }

  async #reached(round: Round, remainingMs: number, stops: Stops): Promise<Member> {
    const waiting = new AbortController();
    const forget = stops.listen(() => waiting.abort());
    try {
      return await this.#pool.later(round, remainingMs, waiting.signal);
    } finally {
      forget();
    }
  }

  /** Calls in progress fail as CANCELLED, and so does every later one. */
  close(): void {
    this.#closing.abort();
    this.#pool.close();
  }
}

/** grpc-js takes a deadline as a moment. */
function within(remainingMs: number): { deadline?: number } {
  return Number.isFinite(remainingMs) ? { deadline: Date.now() + Math.max(0, remainingMs) } : {};
}
