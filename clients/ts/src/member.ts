import { connectivityState, type Client as GrpcClient } from "@grpc/grpc-js";
import type { Clock } from "./clock.js";
import type { Server } from "./servers.js";

/** A connection that takes longer is not waited for while another server may be asked. */
const connectMs = 2_000;
/** After UNAVAILABLE, for the time that a server needs to be gone, or to be back. */
const restMs = 1_000;
const longestRestMs = 30_000;

/** One server of a pool, and the connection to it. */
export class Member {
  readonly server: Server;
  readonly client: GrpcClient;
  readonly #clock: Clock;
  readonly #changed: () => void;
  #restsUntil = Number.NEGATIVE_INFINITY;
  /** Since when it is being connected to. */
  #pendingAt: number | undefined;
  #watched = false;
  #closed = false;

  /** `changed` is called when another `state` may be there. */
  constructor(server: Server, client: GrpcClient, clock: Clock, changed: () => void) {
    this.server = server;
    this.client = client;
    this.#clock = clock;
    this.#changed = changed;
  }

  get address(): string {
    return this.server.address;
  }

  /** Looking makes it connect. */
  get state(): "ready" | "pending" | "down" {
    if (this.#closed) return "down";
    const state = this.client.getChannel().getConnectivityState(true);
    if (state === connectivityState.IDLE || state === connectivityState.CONNECTING) {
      this.#pendingAt ??= this.#clock.mono();
      this.#watch(state);
      return this.patienceMs > 0 ? "pending" : "down";
    }
    this.#pendingAt = undefined;
    return state === connectivityState.READY ? "ready" : "down";
  }

  /** How long it may stay pending from now on; 0: it is not waited for any more. */
  get patienceMs(): number {
    if (this.#pendingAt === undefined) return Number.POSITIVE_INFINITY;
    return Math.max(0, this.#pendingAt + connectMs - this.#clock.mono());
  }

  #watch(state: connectivityState): void {
    if (this.#watched) return;
    this.#watched = true;
    this.client.getChannel().watchConnectivityState(state, Number.POSITIVE_INFINITY, () => {
      this.#watched = false;
      this.#changed();
    });
  }

  get rests(): boolean {
    return this.#clock.mono() < this.#restsUntil;
  }

  rest(askedForMs: number): void {
    this.#restsUntil = this.#clock.mono() + Math.min(Math.max(restMs, askedForMs), longestRestMs);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.client.close();
  }
}
