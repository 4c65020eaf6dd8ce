import { type ServerWritableStream, type StatusObject, status } from "@grpc/grpc-js";
import type { Log } from "../core/log.js";
import {
  type HealthCheckRequest,
  type HealthCheckResponse,
  type HealthServer,
  HealthCheckResponse_ServingStatus as Serving,
} from "./gen/grpc/health/v1/health.js";
import { toStatus } from "./status.js";

/**
 * grpc.health.v1 for the server as a whole (the empty name) and for each of its services, which serve or don't together. On
 * the generated code: the package for it takes 50 ms to load, and can't end its watches, which a shutdown would wait for.
 */
export class Health {
  readonly #names: ReadonlySet<string>;
  readonly #watchers = new Set<ServerWritableStream<HealthCheckRequest, HealthCheckResponse>>();
  #status: Serving = Serving.NOT_SERVING;

  constructor(
    services: readonly string[],
    private readonly log: Log,
  ) {
    this.#names = new Set(["", ...services]);
  }

  readonly handlers: Pick<HealthServer, "check" | "list" | "watch"> = {
    check: (call, callback) =>
      this.#guard(call, callback, () => {
        if (this.#names.has(call.request.service)) callback(null, { status: this.#status });
        else callback({ code: status.NOT_FOUND, details: "this server has no such service" });
      }),
    list: (call, callback) =>
      this.#guard(call, callback, () => {
        callback(null, { statuses: new Map([...this.#names].map((name) => [name, { status: this.#status }])) });
      }),
    watch: (call) =>
      this.#guard(
        call,
        (error) => call.emit("error", error),
        () => this.#watch(call),
      ),
  };

  get serving(): boolean {
    return this.#status === Serving.SERVING;
  }

  /** Tells every watcher where it changes anything. */
  setServing(serving: boolean): void {
    const next = serving ? Serving.SERVING : Serving.NOT_SERVING;
    if (next === this.#status) return;
    this.#status = next;
    for (const watcher of this.#watchers) {
      const fail = (error: StatusObject) => watcher.emit("error", error);
      this.#guard(watcher, fail, () => watcher.write({ status: next }));
    }
  }

  #watch(call: ServerWritableStream<HealthCheckRequest, HealthCheckResponse>): void {
    // A service that is not there may come, as the protocol has it: the watch stays open.
    if (!this.#names.has(call.request.service)) {
      call.write({ status: Serving.SERVICE_UNKNOWN });
      return;
    }
    call.write({ status: this.#status });
    this.#watchers.add(call);
    call.once("close", () => this.#watchers.delete(call));
  }

  /** Whatever goes wrong in a call ends that call, and neither its neighbours nor the process. */
  #guard(call: { getPath(): string }, fail: (error: StatusObject) => void, act: () => void): void {
    try {
      act();
    } catch (error) {
      fail(toStatus(error, this.log, call.getPath()));
    }
  }
}
