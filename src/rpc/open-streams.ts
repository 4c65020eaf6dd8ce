import type { ServiceDefinition, UntypedHandleCall, UntypedServiceImplementation } from "@grpc/grpc-js";
import { TickwireError } from "../core/errors.js";
import type { Log } from "../core/log.js";
import { toStatus } from "./status.js";

interface OpenCall {
  emit(event: string, value: unknown): boolean;
  once(event: "close" | "cancelled", call: () => void): unknown;
  getPath(): string;
}

/** The calls that answer with streams: they have no end of their own, and an orderly shutdown would wait for them for ever. */
export class OpenStreams {
  readonly #open = new Set<OpenCall>();
  readonly #log: Log;
  #closed = false;

  constructor(log: Log) {
    this.#log = log;
  }

  /** The same handlers; those of streams are known here while they are open. */
  tracking<T extends UntypedServiceImplementation>(
    definition: ServiceDefinition<UntypedServiceImplementation>,
    handlers: T,
  ): T {
    const tracked = Object.entries(handlers).map(([name, handler]) => {
      return [name, definition[name]?.responseStream ? this.#tracked(handler) : handler] as const;
    });
    return Object.fromEntries(tracked) as T;
  }

  /** Ends all of them, and each that is opened later, with UNAVAILABLE: their callers go to another server. */
  close(): void {
    this.#closed = true;
    for (const call of this.#open) this.#end(call);
  }

  #tracked(handler: UntypedHandleCall): UntypedHandleCall {
    const handle = handler as (call: OpenCall) => void;
    return (call: OpenCall) => {
      if (this.#closed) {
        this.#end(call);
        return;
      }
      this.#open.add(call);
      const forget = (): void => void this.#open.delete(call);
      call.once("cancelled", forget);
      call.once("close", forget);
      handle(call);
    };
  }

  #end(call: OpenCall): void {
    this.#open.delete(call);
    const error = new TickwireError("DRAINING", "this server is stopping");
    call.emit("error", toStatus(error, this.#log, call.getPath()));
  }
}
