import type { Clock } from "../clock.js";
import { TickwireError } from "../errors.js";
import type { Kind } from "../gen/tickwire/v1/kind.js";
import type { Capacity, Hello, Welcome } from "../gen/tickwire/v1/worker.js";
import type { Log } from "../log.js";
import type { Server, Servers } from "../servers.js";
import { drainDelayMs, longestWithTasksMs } from "./backoff.js";
import { InHand, type KindHandler } from "./in-hand.js";
import { Reports } from "./reports.js";
import { Route } from "./route.js";
import { Session } from "./session.js";
import type { Transport, WorkStream } from "./transport.js";

export interface EngineParts {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly log: Log;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly servers: Pick<Servers, "look">;
  readonly kinds: ReadonlyMap<string, KindHandler>;
  readonly maxTasks: number;
  /** 16 random bytes. */
  readonly instance: Buffer;
  readonly workerId: string;
  readonly client: string;
  readonly info: ReadonlyMap<string, string>;
  /** Kinds to register with each hello. */
  readonly define: readonly Kind[];
}

export interface EngineEvents {
  welcomed(welcome: Welcome): void;
  /** Stopped, and everything delivered that could be. */
  ended(): void;
  /** The server refuses this worker's very first hello as broken: trying again would change nothing. */
  refused(error: TickwireError): void;
}

/** After its grace, what was aborted gets so long to end and to be delivered. */
const lastWordsMs = 2000;

/** One try to serve: from opening a stream to its end. What comes from any try but the current one is ignored. */
interface Attempt {
  /** Empty until the server is drawn. */
  address: string;
  readonly number: number;
  readonly startedAt: number;
  stream: WorkStream | undefined;
  session: Session | undefined;
  callOff: () => void;
}

/**
 * A worker without its network: keeps one stream at a time, for ever, and the tasks across all of them.
 *
 *     waiting -> trying (opened, hello) -> serving (welcome) -> waiting ...
 *     stopping: the same, without places, until nothing is in hand -> ended
 */
export class Engine {
  readonly #parts: EngineParts;
  readonly #events: EngineEvents;
  readonly #inHand: InHand;
  readonly #reports: Reports;
  #attempt: Attempt | undefined;
  #streams = 0;
  readonly #route: Route;
  #everWelcomed = false;
  #stopping = false;
  #graceOver = false;
  #ended = false;
  #callOffWait = () => {};
  #callOffStop = () => {};

  constructor(parts: EngineParts, events: EngineEvents) {
    this.#parts = parts;
    this.#events = events;
    this.#route = new Route(parts.servers, parts.random);
    this.#reports = new Reports(parts.clock, () => this.#attempt?.session?.reportsDue());
    const { kinds, maxTasks, clock, log } = parts;
    this.#inHand = new InHand({
      kinds,
      maxTasks,
      clock,
      log,
      reports: this.#reports,
      events: {
        ended: (held) => this.#attempt?.session?.result(held),
        capacityChanged: () => this.#attempt?.session?.capacityChanged(),
        left: () => this.#left(),
      },
    });
  }

  get inHand(): number {
    return this.#inHand.size;
  }

  get connected(): boolean {
    return this.#attempt?.session?.welcomed ?? false;
  }

  start(): void {
    this.#try();
  }

  #try(): void {
    const { clock } = this.#parts;
    const attempt: Attempt = {
      address: "",
      number: ++this.#streams,
      startedAt: clock.mono(),
      stream: undefined,
      session: undefined,
      callOff: () => {},
    };
    this.#attempt = attempt;
    const callOffTimeout = clock.after(this.#route.timeoutMs(this.#inHand.size > 0), () => {
      this.#route.timedOut();
      this.#broken(attempt, new TickwireError("DEADLINE_EXCEEDED", "DEADLINE_EXCEEDED", "the server does not answer"));
    });
    attempt.callOff = callOffTimeout;
    const callOffNext = this.#route.next((server) => this.#open(attempt, server));
    attempt.callOff = () => {
      callOffTimeout();
      callOffNext();
    };
  }

  #open(attempt: Attempt, server: Server): void {
    attempt.address = server.address;
    attempt.stream = this.#parts.transport.open(server, {
      opened: () => this.#opened(attempt),
      frame: (frame) => {
        if (this.#attempt === attempt) attempt.session?.frame(frame);
      },
      drained: () => {
        if (this.#attempt === attempt) attempt.session?.drained();
      },
      closed: (error) => this.#closed(attempt, error),
    });
  }

  #opened(attempt: Attempt): void {
    const { stream } = attempt;
    if (this.#attempt !== attempt || !stream) return;
    const { clock, log } = this.#parts;
    const parts = { clock, log, inHand: this.#inHand, reports: this.#reports, capacity: () => this.#capacity() };
    attempt.session = new Session(parts, stream, this.#hello(attempt.number), {
      welcomed: (welcome) => this.#welcomed(attempt, welcome),
      drainNotice: (graceMs, delayMs) => this.#drainNotice(attempt, graceMs, delayMs),
      silent: () => {
        this.#broken(attempt, new TickwireError("UNAVAILABLE", "UNAVAILABLE", "the server is silent"));
      },
    });
  }

  #hello(stream: number): Hello {
    const { workerId, client, info, define, instance } = this.#parts;
    return {
      workerId,
      client,
      info: new Map(info),
      capacity: this.#capacity(),
      define: [...define],
      held: this.#inHand.inHello(),
      protocolRevision: 1,
      instance,
      stream: BigInt(stream),
    };
  }

  /** While it stops, a worker offers no place. */
  #capacity(): Capacity {
    const capacity = this.#inHand.capacity();
    return this.#stopping ? { ...capacity, maxTasks: 0 } : capacity;
  }

  #welcomed(attempt: Attempt, welcome: Welcome): void {
    attempt.callOff();
    this.#route.welcomed();
    this.#everWelcomed = true;
    const { workerId, serverId, adopted, stale } = welcome;
    const facts = { address: attempt.address, serverId, workerId, stream: attempt.number };
    this.#parts.log.info({ ...facts, adopted: adopted.length, stale: stale.length }, "connected");
    if (welcome.conflictingKinds.length > 0) {
      this.#parts.log.warn({ kinds: welcome.conflictingKinds }, "kinds are stored that differ from this worker's");
    }
    if (this.#stopping) attempt.session?.drain();
    this.#events.welcomed(welcome);
    this.#left();
  }

  /** The server stops handing out; until it closes, or its grace is over, it still takes the results of what is in hand. */
  #drainNotice(attempt: Attempt, graceMs: number, delayMs: number): void {
    const leave = () => this.#leave(attempt, drainDelayMs(delayMs, this.#parts.random()));
    if (graceMs <= 0 || this.#inHand.size === 0) {
      leave();
      return;
    }
    attempt.callOff();
    attempt.callOff = this.#parts.clock.after(graceMs, leave);
    this.#leaving = leave;
  }

  /** Set between a drain notice and the end of its stream. */
  #leaving: (() => void) | undefined;

  #closed(attempt: Attempt, error: TickwireError | undefined): void {
    if (this.#attempt !== attempt) return;
    if (this.#leaving) {
      this.#leaving();
    } else if (error?.code === "INVALID_ARGUMENT" && !this.#everWelcomed) {
      this.#end(attempt);
      this.#parts.log.error({ address: attempt.address, err: error }, "server refuses this worker");
      this.#ended = true;
      this.#callOffStop();
      this.#reports.stop();
      this.#events.refused(error);
    } else {
      this.#broken(attempt, error ?? new TickwireError("UNAVAILABLE", "UNAVAILABLE", "the server ended the stream"));
    }
  }

  #broken(attempt: Attempt, error: TickwireError): void {
    if (this.#attempt !== attempt) return;
    const { log } = this.#parts;
    const worked = attempt.session?.welcomed ?? false;
    const waitMs = this.#waitMs(attempt, worked);
    const facts = { address: attempt.address, code: error.code, reason: error.reason, error: error.message };
    log.warn(
      { ...facts, inHand: this.#inHand.size, waitMs: Math.round(waitMs) },
      worked ? "connection lost" : "connection failed",
    );
    this.#leave(attempt, waitMs);
  }

  #waitMs(attempt: Attempt, worked: boolean): number {
    const withTasks = this.#inHand.size > 0;
    if (worked) return this.#route.waitAfterLossMs(withTasks);
    const waitMs = this.#route.waitAfterFailureMs(withTasks);
    // A try that took long has used up its wait.
    return withTasks
      ? Math.min(waitMs, Math.max(0, attempt.startedAt + longestWithTasksMs - this.#parts.clock.mono()))
      : waitMs;
  }

  /** From here on the stream's frames are ignored; the next one is opened after the wait, at another server if there is one. */
  #leave(attempt: Attempt, waitMs: number): void {
    if (this.#attempt !== attempt) return;
    this.#end(attempt);
    if (this.#stopping && this.#done()) this.#finish();
    else this.#callOffWait = this.#parts.clock.after(waitMs, () => this.#try());
  }

  #end(attempt: Attempt): void {
    this.#attempt = undefined;
    this.#leaving = undefined;
    attempt.callOff();
    if (attempt.session) attempt.session.end();
    else attempt.stream?.close();
  }

  #left(): void {
    if (this.#stopping && this.#done()) this.#finish();
    else if (this.#leaving && this.#inHand.size === 0) this.#leaving();
  }

  #done(): boolean {
    return this.#inHand.size === 0 && (this.#graceOver || this.#inHand.running === 0);
  }

  /**
   * Takes no more tasks, delivers the results of those in hand, and ends; after `graceMs` their signals are aborted, and what has not
   * ended soon after is left behind: it ends as lost. Again: the shorter grace holds.
   */
  stop(graceMs: number): void {
    if (this.#ended) return;
    if (!this.#stopping) {
      this.#parts.log.info({ inHand: this.#inHand.size, graceMs }, "worker stops");
      this.#stopping = true;
      this.#attempt?.session?.drain();
    }
    if (this.#done()) this.#finish();
    else if (!this.#graceOver) this.#armGrace(graceMs);
  }

  #armGrace(graceMs: number): void {
    const { clock, log } = this.#parts;
    this.#callOffStop();
    this.#callOffStop = clock.after(graceMs, () => {
      this.#graceOver = true;
      this.#inHand.abortAll();
      this.#callOffStop = clock.after(lastWordsMs, () => {
        log.warn({ inHand: this.#inHand.size }, "tasks were left behind");
        this.#finish();
      });
      if (this.#done()) this.#finish();
    });
  }

  #finish(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#callOffWait();
    this.#callOffStop();
    this.#reports.stop();
    if (this.#attempt) this.#end(this.#attempt);
    this.#parts.log.info({ inHand: this.#inHand.size }, "worker stopped");
    this.#events.ended();
  }
}
