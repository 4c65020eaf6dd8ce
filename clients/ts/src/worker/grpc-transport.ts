import {
  type ChannelCredentials,
  type ChannelOptions,
  type ClientDuplexStream,
  connectivityState,
  Client as GrpcClient,
  type Metadata,
} from "@grpc/grpc-js";
import { type ConnectionOptions, channelOptionsOf, credentialsOf, metadataOf } from "../connection.js";
import type { TickwireError } from "../errors.js";
import { SchedulerService } from "../gen/tickwire/v1/scheduler.js";
import type { WorkRequest, WorkResponse } from "../gen/tickwire/v1/worker.js";
import { nameOptions, type Server } from "../servers.js";
import { fromCallError } from "../wire/status.js";
import type { StreamEvents, Transport, WorkStream } from "./transport.js";

/** A connection of its own for each stream: when to try again is the engine's business, not that of a pooled channel's backoff. */
const streamOptions = {
  "grpc.use_local_subchannel_pool": 1,
  "grpc.enable_retries": 0,
  // A frame has up to 1 MiB: with HTTP/2's own 64 KiB it would take 16 round trips.
  "grpc-node.flow_control_window": 1024 * 1024,
};

/** How long a stream that was ended may take to send what was written. */
const closeMs = 1000;

export class GrpcTransport implements Transport {
  readonly #credentials: ChannelCredentials;
  readonly #metadata: Metadata;
  readonly #options: ChannelOptions;

  constructor(options: ConnectionOptions) {
    this.#credentials = credentialsOf(options);
    this.#metadata = metadataOf(options);
    this.#options = { ...channelOptionsOf(options), ...streamOptions };
  }

  open(server: Server, events: StreamEvents): WorkStream {
    const client = new GrpcClient(server.address, this.#credentials, { ...nameOptions(server), ...this.#options });
    return new GrpcStream(client, this.#metadata, events);
  }
}

class GrpcStream implements WorkStream {
  readonly #client: GrpcClient;
  readonly #metadata: Metadata;
  readonly #events: StreamEvents;
  #call: ClientDuplexStream<WorkRequest, WorkResponse> | undefined;
  #closed = false;
  #gone = false;

  constructor(client: GrpcClient, metadata: Metadata, events: StreamEvents) {
    this.#client = client;
    this.#metadata = metadata;
    this.#events = events;
    setImmediate(() => this.#connect());
  }

  /** Waits until the server is reached, so that a hello is not drawn up for a connection that may take long. */
  #connect(): void {
    if (this.#gone || this.#closed) return;
    const channel = this.#client.getChannel();
    const state = channel.getConnectivityState(true);
    if (state === connectivityState.READY) {
      this.#start();
      this.#events.opened();
    } else if (state === connectivityState.TRANSIENT_FAILURE) {
      // A call on it fails at once, and says why.
      this.#start();
    } else {
      channel.watchConnectivityState(state, Number.POSITIVE_INFINITY, () => this.#connect());
    }
  }

  #start(): void {
    const { path, requestSerialize, responseDeserialize } = SchedulerService.work;
    const call = this.#client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, this.#metadata);
    this.#call = call;
    call.on("data", (frame: WorkResponse) => {
      if (!this.#closed) this.#events.frame(frame);
    });
    call.on("drain", () => {
      if (!this.#closed) this.#events.drained();
    });
    call.on("error", (error) => this.#end(fromCallError(error)));
    call.on("status", () => this.#end(undefined));
  }

  #end(error: TickwireError | undefined): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#client.close();
    if (!this.#closed) this.#events.closed(error);
  }

  write(frame: WorkRequest): boolean {
    return this.#call?.write(frame) ?? false;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const call = this.#call;
    if (!call || this.#gone) {
      this.#end(undefined);
      return;
    }
    call.end();
    setTimeout(() => call.cancel(), closeMs).unref();
  }
}
