import { Client as GrpcClient } from "@grpc/grpc-js";
import { addressesOf, type ConnectionOptions, channelOptions, credentialsOf } from "./connection.js";
import { TickwireError } from "./errors.js";

/** One channel for each address, opened when it is first needed. The current one serves every call until it can't be reached. */
export class Channels {
  readonly #addresses: readonly string[];
  readonly #options: ConnectionOptions;
  readonly #open = new Map<string, GrpcClient>();
  #at = 0;
  #closed = false;

  constructor(options: ConnectionOptions) {
    this.#addresses = addressesOf(options);
    this.#options = options;
  }

  current(): GrpcClient {
    if (this.#closed) throw new TickwireError("CANCELLED", "CLIENT_CLOSED", "the client is closed");
    const address = this.#addresses[this.#at % this.#addresses.length] ?? "";
    const open = this.#open.get(address);
    if (open) return open;
    const client = new GrpcClient(address, credentialsOf(this.#options), channelOptions);
    this.#open.set(address, client);
    return client;
  }

  /** A call over this channel found nobody: the next address from now on, unless another call has moved on already. */
  failed(client: GrpcClient): void {
    if (!this.#closed && this.current() === client) this.#at++;
  }

  /** Calls in progress end as cancelled. */
  close(): void {
    this.#closed = true;
    for (const client of this.#open.values()) client.close();
    this.#open.clear();
  }
}
