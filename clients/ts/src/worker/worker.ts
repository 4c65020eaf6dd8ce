import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { type Address, parseAddresses } from "../addresses.js";
import { systemClock } from "../clock.js";
import type { ConnectionOptions } from "../connection.js";
import type { TickwireError } from "../errors.js";
import type { KindInput } from "../kind.js";
import { type Log, silentLog } from "../log.js";
import { cutText } from "../payload.js";
import { Servers } from "../servers.js";
import { clientName } from "../version.js";
import { toWireKind } from "../wire/kind.js";
import { Engine } from "./engine.js";
import { GrpcTransport } from "./grpc-transport.js";
import type { KindHandler } from "./in-hand.js";
import type { Handler } from "./invoke.js";
import type { Transport } from "./transport.js";

export interface WorkerOptions extends ConnectionOptions {
  /** Tasks at once, of all kinds together; 1 to 10,000. Default: 10. */
  readonly maxTasks?: number | undefined;
  /** A label for people. Default: the host's name. */
  readonly workerId?: string | undefined;
  /**
   * Kinds to register with the connection, for jobs of any client. One that is stored is left as it is; where the two differ the worker
   * says so in its log, and serves it all the same. Default: none.
   */
  readonly define?: readonly KindInput[] | undefined;
  /** More for people, at most 16 pairs. Default: host, process id and Node's version. */
  readonly info?: Readonly<Record<string, string>> | undefined;
  /** How long `stop` waits for the tasks in hand. Default: 30,000. */
  readonly graceMs?: number | undefined;
  /** Signals of the process that stop the worker, such as `["SIGTERM"]`; a second one then does what it did before. Default: none. */
  readonly drainOn?: readonly NodeJS.Signals[] | undefined;
  /** pino, or what looks like it. Default: silent. */
  readonly log?: Log | undefined;
}

export interface HandleOptions {
  /** Tasks of this kind at once; unset: bounded by the worker's alone. */
  readonly maxTasks?: number | undefined;
}

/** A worker that was started. */
export interface RunningWorker extends AsyncDisposable {
  /** Settles with the first stream that the server welcomed; rejects where it refused the worker, or was stopped before. */
  readonly ready: Promise<void>;
  /** Settles once the worker has stopped; rejects where the server refuses the worker's hello as broken. */
  readonly drained: Promise<void>;
  /** Tasks that it holds, finished ones included until the server has recorded them. */
  readonly inHand: number;
  readonly connected: boolean;
  /** As the server knows it; empty before `ready`. */
  readonly workerId: string;
  /**
   * Takes no more tasks, and waits until those in hand have ended and are recorded. After `graceMs` their signals are aborted, and those
   * that don't end soon after are left behind. Again: the newest grace holds, from then on.
   */
  stop(options?: { readonly graceMs?: number | undefined }): Promise<void>;
}

/**
 * Serves kinds of jobs over one stream, to a server that is drawn of those given. When that is lost or stops it goes to another, for
 * ever, takes the tasks in hand along, and keeps every result until a server has recorded it.
 */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #addresses: readonly Address[];
  readonly #transport: Transport;
  readonly #maxTasks: number;
  readonly #kinds = new Map<string, KindHandler>();
  #started = false;

  constructor(options: WorkerOptions = {}) {
    this.#options = options;
    this.#maxTasks = placesOf(options.maxTasks ?? 10, 10_000);
    this.#addresses = parseAddresses(options.address);
    this.#transport = new GrpcTransport(options);
  }

  /** Says what runs the tasks of a kind. Each kind once, before `start`. */
  handle(kind: string, handler: Handler, { maxTasks }: HandleOptions = {}): this {
    if (this.#started) throw new Error("the worker is started: no kind can be added");
    if (this.#kinds.has(kind)) throw new Error(`kind "${kind}" has a handler already`);
    this.#kinds.set(kind, { handler, maxTasks: maxTasks === undefined ? undefined : placesOf(maxTasks, 10_000) });
    return this;
  }

  /** Connects, and runs tasks until it is stopped. Once for each worker. */
  start(): RunningWorker {
    if (this.#started) throw new Error("the worker is started already");
    if (this.#kinds.size === 0) throw new Error("the worker has no handler");
    this.#started = true;
    return new Running(this.#options, this.#transport, this.#addresses, this.#kinds, this.#maxTasks);
  }
}

function placesOf(maxTasks: number, limit: number): number {
  if (Number.isInteger(maxTasks) && maxTasks >= 1 && maxTasks <= limit) return maxTasks;
  throw new RangeError(`maxTasks must be a whole number from 1 to ${limit}, not ${String(maxTasks)}`);
}

class Running implements RunningWorker {
  readonly ready: Promise<void>;
  readonly drained: Promise<void>;
  workerId = "";
  readonly #engine: Engine;
  readonly #graceMs: number;

  constructor(
    options: WorkerOptions,
    transport: Transport,
    addresses: readonly Address[],
    kinds: ReadonlyMap<string, KindHandler>,
    maxTasks: number,
  ) {
    this.#graceMs = options.graceMs ?? 30_000;
    const ready = settlable();
    const drained = settlable();
    this.ready = ready.promise;
    this.drained = drained.promise;
    const forgetSignals = onSignals(options.drainOn ?? [], () => void this.stop());
    const info = options.info ?? { host: hostname(), pid: String(process.pid), node: process.version };
    this.#engine = new Engine(
      {
        transport,
        clock: systemClock,
        log: options.log ?? silentLog,
        random: Math.random,
        servers: new Servers(addresses, systemClock),
        kinds,
        maxTasks,
        instance: randomBytes(16),
        workerId: options.workerId ?? cutText(hostname(), 100),
        client: clientName,
        info: new Map(Object.entries(info)),
        define: (options.define ?? []).map(toWireKind),
      },
      {
        welcomed: ({ workerId }) => {
          this.workerId = workerId;
          ready.resolve();
        },
        ended: () => {
          forgetSignals();
          ready.reject(new Error("the worker was stopped before it reached a server"));
          drained.resolve();
        },
        refused: (error: TickwireError) => {
          forgetSignals();
          ready.reject(error);
          drained.reject(error);
        },
      },
    );
    this.#engine.start();
  }

  get inHand(): number {
    return this.#engine.inHand;
  }

  get connected(): boolean {
    return this.#engine.connected;
  }

  async stop({ graceMs = this.#graceMs }: { readonly graceMs?: number | undefined } = {}): Promise<void> {
    this.#engine.stop(graceMs);
    await this.drained;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

interface Settlable {
  readonly promise: Promise<void>;
  resolve(): void;
  reject(error: Error): void;
}

/** A promise that may be rejected without anybody looking at it. */
function settlable(): Settlable {
  let resolve = () => {};
  let reject = (_: Error) => {};
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  promise.catch(() => {});
  return { promise, resolve: () => resolve(), reject: (error) => reject(error) };
}

function onSignals(signals: readonly NodeJS.Signals[], call: () => void): () => void {
  const forget = () => {
    for (const signal of signals) process.removeListener(signal, listener);
  };
  const listener = () => {
    forget();
    call();
  };
  for (const signal of signals) process.on(signal, listener);
  return forget;
}
