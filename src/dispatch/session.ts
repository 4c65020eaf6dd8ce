import { badFields, TickwireError } from "../core/errors.js";
import type { Capacity, WorkerStatus } from "../core/worker.js";
import { bytesOf } from "./answer.js";
import type { Deadline } from "./deadlines.js";
import type {
  Cancellation,
  Hello,
  Link,
  LinkEvents,
  Receipt,
  ServerFrame,
  Welcome,
  WorkerFrame,
  WorkerResult,
} from "./frames.js";
import { Liveness } from "./liveness.js";
import { Outbox } from "./outbox.js";
import { Places } from "./places.js";
import { Receipts } from "./receipts.js";
import type { SessionParts } from "./session-parts.js";
import type { Task } from "./task.js";
import { POISON_LOSSES, taskFrame } from "./task-frame.js";

/** Results that wait for the store, over all streams; past it the server ends those that bring more. */
export const MAX_WAITING_BYTES = 64 * 1_048_576;
/** Receipts that a worker which does not read may pile up: more than it can hold tasks. */
const MAX_UNREAD_RECEIPTS = 20_000;
const MAX_EARLY_FRAMES = 1_000;
const MAX_EARLY_BYTES = 8 * 1_048_576;
/** How long claimed tasks wait for a stream that is full, in ms: then another worker may have them. */
const MAX_QUEUED_MS = 1_000;

/**
 * One worker's stream, without gRPC: hello -> check -> open -> ended. Which tasks it has is in `tasks`: claimed for it, sent or
 * adopted, without a receipt. A session's end touches only what is still in there.
 */
export class Session implements LinkEvents {
  state: "new" | "greeting" | "open" | "ended" = "new";
  instance = "";
  stream = 0;
  workerId = "";
  /** By the worker's wish: no more tasks. */
  draining = false;
  /** Where the next offer of a place to one of its kinds begins. */
  turn = 0;
  readonly connectedAt: Date;
  readonly #places = new Places();
  #client = "";
  #info: Readonly<Record<string, string>> = {};
  readonly #outbox = new Outbox();
  #outboxDeadline: Deadline | undefined;
  /** `send` has returned false and `drained` was not called. */
  #full = false;
  /** Frames that came while the hello was being checked. */
  #early: WorkerFrame[] = [];
  #earlyBytes = 0;
  #closing = false;
  readonly #receipts = new Receipts((receipts) => this.#sendReceipts(receipts));
  /** Receipts that were sent since the transport was full. */
  #unread = 0;
  #helloDeadline: Deadline | undefined;
  readonly #liveness: Liveness;

  constructor(
    private readonly parts: SessionParts,
    private readonly link: Link,
  ) {
    this.connectedAt = parts.storeClock.now();
    const { clock, deadlines, settings } = parts;
    const silent = `no frame came for three pings of ${settings.pingMs} ms`;
    this.#liveness = new Liveness({
      clock,
      deadlines,
      pingMs: settings.pingMs,
      // What waits in a transport that is full is a sign of life once it is read; pings would only pile up behind it.
      ping: () => this.#full || this.#send({ type: "ping" }),
      silent: () => this.end(new TickwireError("WORKER_SILENT", silent)),
    });
    this.#helloDeadline = parts.deadlines.set(parts.settings.helloMs, () => {
      this.end(new TickwireError("HELLO_LATE", `no hello came within ${parts.settings.helloMs} ms`));
    });
  }

  // ---- what the transport tells

  frame(frame: WorkerFrame): void {
    if (this.state === "ended") return;
    this.#liveness.seen();
    if (this.state === "open") {
      this.#take(frame);
      return;
    }
    if (frame.type === "hello" && this.state === "new") {
      this.#hello(frame.hello);
      return;
    }
    if (this.state === "new") {
      this.end(badFields([{ field: "frame", description: `the first frame must be hello; got ${frame.type}` }]));
    } else if (frame.type === "ping") {
      return;
    } else {
      this.#wait(frame);
    }
  }

  drained(): void {
    if (this.state === "ended") return;
    this.#full = false;
    this.#unread = 0;
    this.#pump();
    if (!this.#full) this.parts.freed(this);
  }

  closed(): void {
    this.#over();
  }

  /** Ends the stream; nothing is sent after it. */
  end(error?: TickwireError): void {
    if (this.state === "ended") return;
    this.#receipts.flush();
    this.#over();
    this.link.end(error);
  }

  // ---- what the server wants of it

  /** After its hello was checked: from now on it gets tasks. */
  open(hello: Hello, welcome: Welcome): void {
    this.workerId = welcome.workerId;
    this.#places.capacity = hello.capacity;
    this.state = "open";
    this.#send({ type: "welcome", welcome });
    const early = this.#early;
    this.#early = [];
    for (const frame of early) this.frame(frame);
    this.parts.freed(this);
  }

  get capacity(): Capacity {
    return this.#places.capacity;
  }

  /** Free places of all kinds together; 0 while it can't take any task. */
  get places(): number {
    if (this.state !== "open" || this.draining || this.#full || this.#closing) return 0;
    return this.#places.free;
  }

  /** Free places for this kind. */
  free(kind: string): number {
    return this.places > 0 ? this.#places.freeOf(kind) : 0;
  }

  /** From 0 to 1: the emptiest gets the next task. */
  get load(): number {
    return this.#places.load;
  }

  get running(): number {
    return this.#places.taken;
  }

  /** The task takes a place here, until `release`. */
  hold(task: Task): void {
    if (task.session === this) return;
    task.session?.release(task);
    task.session = this;
    this.#places.take(task);
  }

  /** Its place is free again. */
  release(task: Task): void {
    if (!this.#places.leave(task)) return;
    if (task.stage === "queued") this.unqueue(task);
    if (this.state === "open") this.parts.freed(this, task.kind);
  }

  /** Sends tasks, in as few frames as they fit in; those that the transport does not take now wait for it. */
  give(tasks: readonly Task[]): void {
    for (const task of tasks) this.hold(task);
    this.#outbox.push(tasks);
    this.#pump();
  }

  /** The server stops: no more tasks, and those that were not written go back. */
  stopTaking(): void {
    this.#closing = true;
    this.#giveUpOutbox();
  }

  unqueue(task: Task): void {
    this.#outbox.remove(task);
  }

  receipt(token: string, state: Receipt["state"], message: string): void {
    if (this.state === "ended") return;
    this.#receipts.push({ token, state, message });
  }

  cancel(task: Task, reason: Cancellation["reason"]): void {
    this.#send({ type: "cancellations", cancellations: [{ slug: task.slug, token: task.token, reason }] });
  }

  /** The server stops, or can't reach the store: it gets no more tasks, and should carry its own elsewhere. */
  notifyDrain(graceMs: number, reconnectDelayMs: number): void {
    if (this.state === "open") this.#send({ type: "drain", graceMs, reconnectDelayMs });
  }

  lookUp(results: readonly WorkerResult[]): void {
    this.parts.lookUp(this, results);
  }

  status(): WorkerStatus {
    const { storeClock, clock, serverId } = this.parts;
    const held = this.#places.heldOfBounded();
    return {
      instance: this.instance,
      workerId: this.workerId,
      serverId,
      client: this.#client,
      info: this.#info,
      capacity: this.capacity,
      running: this.#places.taken,
      ...(held && { held }),
      draining: this.draining,
      connectedAt: this.connectedAt,
      lastSeenAt: new Date(storeClock.now().getTime() - Math.max(0, clock.mono() - this.#liveness.seenAt)),
    };
  }

  // ---- inside

  #hello(hello: Hello): void {
    this.state = "greeting";
    this.parts.deadlines.clear(this.#helloDeadline);
    this.instance = hello.instance;
    this.stream = hello.stream;
    this.#client = hello.client;
    this.#info = hello.info;
    this.#liveness.start();
    this.parts.greet(this, hello).catch((error) => {
      if (error instanceof TickwireError) return this.end(error);
      this.parts.log.error({ err: error, instance: hello.instance }, "checking a hello failed");
      this.end(new TickwireError("INTERNAL", "the hello could not be checked", {}, { cause: error }));
    });
  }

  /** Until welcome. Frames are at most 4 MiB, so this is about one of them, or many small ones. */
  #wait(frame: WorkerFrame): void {
    if (frame.type === "results") for (const { outcome } of frame.results) this.#earlyBytes += bytesOf(outcome);
    this.#early.push(frame);
    if (this.#early.length <= MAX_EARLY_FRAMES && this.#earlyBytes <= MAX_EARLY_BYTES) return;
    this.end(new TickwireError("TOO_MANY_RESULTS", "too much came before welcome; offer it again after it"));
  }

  #take(frame: WorkerFrame): void {
    switch (frame.type) {
      case "hello":
        this.end(badFields([{ field: "hello", description: "must come once, as the stream's first frame" }]));
        return;
      case "results":
        this.#results(frame.results);
        return;
      case "progress":
        for (const report of frame.reports) {
          const task = this.#places.get(report.token);
          if (task && task.slug === report.slug && task.stage === "out") this.parts.progress(task, report);
        }
        return;
      case "capacity":
        this.#places.capacity = frame.capacity;
        this.parts.changed(this);
        this.parts.freed(this);
        return;
      case "drain":
        this.draining = true;
        this.#giveUpOutbox();
        this.parts.changed(this);
        return;
      case "ping":
        return;
    }
  }

  #results(results: readonly WorkerResult[]): void {
    const unknown: WorkerResult[] = [];
    for (const result of results) {
      if (this.parts.waitingBytes() > MAX_WAITING_BYTES) {
        const bytes = String(MAX_WAITING_BYTES);
        this.end(
          new TickwireError("TOO_MANY_RESULTS", "too many results wait for the store; offer them again", { bytes }),
        );
        return;
      }
      const task = this.#places.get(result.token);
      if (task && task.slug === result.slug && task.stage !== "queued") this.parts.ledger.answer(task, this, result);
      else unknown.push(result);
    }
    if (unknown.length > 0) this.lookUp(unknown);
  }

  #pump(): void {
    while (this.#outbox.size > 0 && this.state === "open" && !this.#full) {
      // The lease's deadline may have passed while the tasks were claimed, or waited here.
      if (!this.parts.certain()) {
        this.#giveUpOutbox();
        return;
      }
      const cut = this.#outbox.cut();
      const tasks = cut.map(taskFrame);
      for (const task of cut) {
        if (task.job.losses >= POISON_LOSSES) {
          this.parts.log.warn({ slug: task.slug, losses: task.job.losses }, "a job was lost several times in a row");
        }
        // Before the write: a transport that fails inside it may have sent the frame all the same.
        this.parts.ledger.written(task);
      }
      this.#send({ type: "tasks", tasks });
    }
    this.parts.deadlines.clear(this.#outboxDeadline);
    this.#outboxDeadline = undefined;
    if (this.#outbox.size > 0) {
      this.#outboxDeadline = this.parts.deadlines.set(MAX_QUEUED_MS, () => this.#giveUpOutbox());
    }
  }

  /** What was never written may go to another worker. */
  #giveUpOutbox(): void {
    const unsent = this.#outbox.clear();
    for (const task of unsent) {
      this.release(task);
      task.session = undefined;
    }
    if (unsent.length > 0) this.parts.gone(this, unsent);
  }

  #send(frame: ServerFrame): void {
    if (this.state === "ended") return;
    this.#liveness.sent();
    try {
      if (!this.link.send(frame)) this.#full = true;
    } catch (error) {
      this.parts.log.warn({ err: error, instance: this.instance }, "writing to a worker's stream failed");
      this.end(new TickwireError("INTERNAL", "the stream could not be written to", {}, { cause: error }));
    }
  }

  #sendReceipts(receipts: readonly Receipt[]): void {
    this.#send({ type: "receipts", receipts });
    if (!this.#full) return;
    this.#unread += receipts.length;
    if (this.#unread > MAX_UNREAD_RECEIPTS) {
      this.end(new TickwireError("TOO_MANY_RESULTS", "receipts pile up unread"));
    }
  }

  #over(): void {
    if (this.state === "ended") return;
    this.state = "ended";
    this.parts.deadlines.clear(this.#helloDeadline);
    this.parts.deadlines.clear(this.#outboxDeadline);
    this.#liveness.stop();
    this.#early = [];
    this.#receipts.clear();
    const unsent = this.#outbox.clear();
    for (const task of unsent) {
      this.#places.leave(task);
      task.session = undefined;
    }
    const tasks = this.#places.all();
    this.#places.clear();
    for (const task of tasks) this.parts.ledger.detach(task);
    this.parts.gone(this, unsent);
  }
}
