import type { Clock } from "../clock.js";
import type { Capacity, Hello, Welcome, WorkRequest, WorkResponse } from "../gen/tickwire/v1/worker.js";
import type { Log } from "../log.js";
import { toMs } from "../wire/time.js";
import { inFrames } from "./frames.js";
import type { HeldTask } from "./held-task.js";
import type { InHand } from "./in-hand.js";
import { Liveness } from "./liveness.js";
import type { Reports } from "./reports.js";
import type { WorkStream } from "./transport.js";

export interface SessionParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly inHand: InHand;
  readonly reports: Reports;
  /** As it is now. */
  readonly capacity: () => Capacity;
}

export interface SessionEvents {
  welcomed(welcome: Welcome): void;
  /** The server stops; go elsewhere after the delay. */
  drainNotice(graceMs: number, reconnectDelayMs: number): void;
  silent(): void;
}

/**
 * A worker with thousands of places may end all of its tasks in one turn: sent only then, server and worker would wait for each other
 * in turns.
 */
const manyResults = 250;

/**
 * One stream's protocol: hello, welcome, then frames both ways. Results and reports wait here until the stream takes them; the tasks
 * themselves outlive it.
 */
export class Session {
  readonly #parts: SessionParts;
  readonly #stream: WorkStream;
  readonly #events: SessionEvents;
  #queue: HeldTask[] = [];
  #liveness: Liveness | undefined;
  #welcomed = false;
  #full = false;
  #flushing = false;
  #capacity = false;
  #drain = false;
  #ended = false;

  constructor(parts: SessionParts, stream: WorkStream, hello: Hello, events: SessionEvents) {
    this.#parts = parts;
    this.#stream = stream;
    this.#events = events;
    this.#write({ frame: { $case: "hello", value: hello } });
  }

  get welcomed(): boolean {
    return this.#welcomed;
  }

  frame({ frame }: WorkResponse): void {
    this.#liveness?.heard();
    if (!frame) return;
    const { inHand, log } = this.#parts;
    switch (frame.$case) {
      case "welcome":
        this.#welcome(frame.value);
        return;
      case "tasks":
        inHand.accept(frame.value.tasks);
        return;
      case "receipts":
        for (const receipt of frame.value.receipts) inHand.receipt(receipt);
        return;
      case "cancellations":
        for (const cancellation of frame.value.cancellations) inHand.cancel(cancellation);
        return;
      case "drain": {
        const { grace, reconnectDelay } = frame.value;
        log.info({ graceMs: toMs(grace), reconnectDelayMs: toMs(reconnectDelay) }, "server stops");
        this.#events.drainNotice(toMs(grace) ?? 0, toMs(reconnectDelay) ?? 0);
        return;
      }
      case "ping":
        return;
    }
  }

  #welcome(welcome: Welcome): void {
    if (this.#welcomed) return;
    this.#welcomed = true;
    const { clock, inHand } = this.#parts;
    const intervalMs = Math.min(Math.max(toMs(welcome.pingInterval) ?? 3000, 10), 3_600_000);
    this.#liveness = new Liveness(clock, intervalMs, {
      ping: () => {
        // A stream that takes nothing has frames enough in it.
        if (!this.#full) this.#write({ frame: { $case: "ping", value: {} } });
      },
      silent: () => this.#events.silent(),
    });
    for (const { token } of welcome.stale) inHand.stale(token);
    // Whatever was sent on an earlier stream may be lost: without a receipt it is sent again.
    this.#queue = [...inHand.finished()];
    this.#events.welcomed(welcome);
    this.flush();
  }

  /** Sent with whatever else ends in this turn, or with so many that the server can work on them meanwhile. */
  result(held: HeldTask): void {
    if (!this.#welcomed) return;
    this.#queue.push(held);
    if (this.#queue.length >= manyResults && !this.#full) this.flush();
    else this.#flushSoon();
  }

  capacityChanged(): void {
    this.#capacity = true;
    this.#flushSoon();
  }

  reportsDue(): void {
    this.#flushSoon();
  }

  /** No more tasks, please. */
  drain(): void {
    this.#drain = true;
    this.#flushSoon();
  }

  drained(): void {
    this.#full = false;
    this.flush();
  }

  #flushSoon(): void {
    if (this.#flushing || this.#ended || !this.#welcomed) return;
    this.#flushing = true;
    this.#parts.clock.soon(() => {
      this.#flushing = false;
      this.flush();
    });
  }

  /** Writes what waits, for as long as the stream takes it. */
  flush(): void {
    if (this.#ended || !this.#welcomed || this.#full) return;
    const { capacity, reports } = this.#parts;
    if (this.#drain) {
      this.#drain = false;
      this.#write({ frame: { $case: "drain", value: {} } });
    }
    if (this.#capacity) {
      this.#capacity = false;
      this.#write({ frame: { $case: "capacity", value: capacity() } });
    }
    if (reports.waiting && reports.timely) for (const frame of reports.take()) this.#write(frame);
    this.#writeResults();
  }

  #writeResults(): void {
    const parts = inFrames(this.#queue, (held) => held.resultBytes);
    this.#queue = [];
    for (const [index, part] of parts.entries()) {
      if (this.#full) {
        this.#queue = parts.slice(index).flat();
        return;
      }
      const results = [];
      for (const held of part) {
        if (!held.result) continue;
        const report = held.report && this.#parts.reports.takeOf(held);
        if (report) this.#write(report);
        results.push(held.result);
      }
      if (results.length > 0) this.#write({ frame: { $case: "results", value: { results } } });
    }
  }

  #write(frame: WorkRequest): void {
    this.#liveness?.sent();
    if (!this.#stream.write(frame)) this.#full = true;
  }

  /** Ends the stream; what comes of it afterwards is ignored. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#liveness?.stop();
    this.#stream.close();
  }
}
