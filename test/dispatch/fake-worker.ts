import { randomBytes } from "node:crypto";
import type { TickwireError } from "../../src/core/errors.js";
import type { Outcome } from "../../src/core/outcome.js";
import type { Capacity } from "../../src/core/worker.js";
import type { Clock } from "../../src/dispatch/clock.js";
import type { Dispatch } from "../../src/dispatch/dispatch.js";
import type {
  Cancellation,
  HeldTask,
  Hello,
  LinkEvents,
  Receipt,
  ServerFrame,
  TaskFrame,
  Welcome,
  WorkerResult,
} from "../../src/dispatch/frames.js";

export interface FakeWorkerOptions {
  readonly kinds?: Readonly<Record<string, number | undefined>>;
  readonly maxTasks?: number;
  /** In ms; 0: it never pings. Default 1,000. */
  readonly pingMs?: number;
  readonly instance?: string;
}

export const SUCCESS: Outcome = { type: "success", result: new Uint8Array(0) };

/** A worker process, scripted: its tasks outlive its streams, as a real one's do. */
export class FakeWorker {
  readonly instance: string;
  readonly capacity: Capacity;
  /** Tasks without a receipt, by token. */
  readonly held = new Map<string, TaskFrame & { result?: WorkerResult; arrivedAt: number }>();
  stream = 0;

  constructor(
    readonly clock: Clock,
    readonly options: FakeWorkerOptions = {},
  ) {
    this.instance = options.instance ?? randomBytes(16).toString("hex");
    this.capacity = {
      maxTasks: options.maxTasks ?? 10,
      kinds: new Map(Object.entries(options.kinds ?? { mail: undefined })),
    };
  }

  hello(over: Partial<Hello> = {}): Hello {
    this.stream = over.stream ?? this.stream + 1;
    const now = this.clock.mono();
    const held: HeldTask[] = [...this.held.values()].map(({ slug, token, result, arrivedAt }) => ({
      slug,
      token,
      elapsedMs: now - arrivedAt,
      finished: result !== undefined,
    }));
    return {
      workerId: "fake",
      client: "fake/1",
      info: {},
      capacity: this.capacity,
      define: [],
      held,
      protocolRevision: 1,
      instance: this.instance,
      stream: this.stream,
      ...over,
    };
  }

  /** Opens a stream and says hello, naming what it holds. */
  connect(dispatch: Dispatch, over: Partial<Hello> = {}): FakeStream {
    const stream = new FakeStream(this, dispatch);
    stream.events.frame({ type: "hello", hello: this.hello(over) });
    return stream;
  }
}

/** One stream of it, and all that came over it. */
export class FakeStream {
  readonly frames: ServerFrame[] = [];
  readonly events: LinkEvents;
  ended: { readonly error: TickwireError | undefined } | undefined;
  /** Frames that the transport takes before `send` returns false. */
  takes = Number.POSITIVE_INFINITY;
  /** Called with each frame, in the turn in which it came. */
  onFrame: ((frame: ServerFrame) => void) | undefined;
  #stopPings: (() => void) | undefined;
  /** Of its hello: once the worker draws up a newer one, it ignores what comes here. */
  readonly #number: number;

  constructor(
    readonly worker: FakeWorker,
    dispatch: Dispatch,
  ) {
    this.#number = worker.stream + 1;
    this.events = dispatch.connect({
      send: (frame) => {
        if (this.ended) throw new Error("sent after the end");
        this.frames.push(frame);
        if (worker.stream <= this.#number) {
          this.#take(frame);
          this.onFrame?.(frame);
        }
        return --this.takes > 0;
      },
      end: (error) => {
        if (this.ended) throw new Error("ended twice");
        this.ended = { error };
        this.#stopPings?.();
      },
    });
    this.#ping();
  }

  get reason(): string | undefined {
    return this.ended?.error?.reason;
  }

  get welcome(): Welcome | undefined {
    return this.frames.flatMap((frame) => (frame.type === "welcome" ? [frame.welcome] : []))[0];
  }

  get tasks(): TaskFrame[] {
    return this.frames.flatMap((frame) => (frame.type === "tasks" ? frame.tasks : []));
  }

  get receipts(): Receipt[] {
    return this.frames.flatMap((frame) => (frame.type === "receipts" ? frame.receipts : []));
  }

  get cancellations(): Cancellation[] {
    return this.frames.flatMap((frame) => (frame.type === "cancellations" ? frame.cancellations : []));
  }

  get drains(): Extract<ServerFrame, { type: "drain" }>[] {
    return this.frames.flatMap((frame) => (frame.type === "drain" ? [frame] : []));
  }

  finish(task: Pick<TaskFrame, "slug" | "token">, outcome: WorkerResult["outcome"] = SUCCESS): void {
    const result = { slug: task.slug, token: task.token, outcome };
    const held = this.worker.held.get(task.token);
    if (held) held.result = result;
    this.events.frame({ type: "results", results: [result] });
  }

  /** The network breaks: neither side hears of the other any more. */
  cut(): void {
    this.#stopPings?.();
    if (!this.ended) {
      this.ended = { error: undefined };
      this.events.closed();
    }
  }

  /** The worker's process is stopped, or gone, and the network does not say so. */
  silence(): void {
    this.#stopPings?.();
  }

  #ping(): void {
    const everyMs = this.worker.options.pingMs ?? 1_000;
    if (everyMs === 0) return;
    this.#stopPings = this.worker.clock.after(everyMs, () => {
      this.events.frame({ type: "ping" });
      this.#ping();
    });
  }

  #take(frame: ServerFrame): void {
    const { held, clock } = this.worker;
    if (frame.type === "tasks")
      for (const task of frame.tasks) held.set(task.token, { ...task, arrivedAt: clock.mono() });
    if (frame.type === "receipts") for (const { token } of frame.receipts) held.delete(token);
    if (frame.type === "welcome") for (const { token } of frame.welcome.stale) held.delete(token);
    if (frame.type === "cancellations") {
      for (const { token, reason } of frame.cancellations) {
        if (reason === "lease_lost" || reason === "job_deleted") held.delete(token);
      }
    }
  }
}
