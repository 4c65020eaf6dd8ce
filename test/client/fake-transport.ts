import assert from "node:assert/strict";
import { type Handler, type Log, silentLog, type TickwireError } from "@tickwire/client";
import {
  Engine,
  type Lookup,
  parseAddresses,
  Servers,
  type StreamEvents,
  type Transport,
  type WorkStream,
  workerProto,
} from "@tickwire/client/internal";
import { ManualClock } from "./manual-clock.js";

type Frame = NonNullable<workerProto.WorkRequest["frame"]>;
type Sent = NonNullable<workerProto.WorkResponse["frame"]>;
type Of<C extends Frame["$case"]> = Extract<Frame, { $case: C }>["value"];

/** The server's end of one stream, played by a test. */
export class FakeStream implements WorkStream {
  readonly frames: Frame[] = [];
  closed = false;
  /** What `write` answers. */
  takes = true;

  constructor(
    readonly address: string,
    readonly events: StreamEvents,
  ) {}

  write({ frame }: workerProto.WorkRequest): boolean {
    assert.ok(frame && !this.closed, "a frame after the end");
    this.frames.push(frame);
    return this.takes;
  }

  close(): void {
    this.closed = true;
  }

  /** The oldest frame not looked at yet, which must be of this kind. */
  take<C extends Frame["$case"]>(kind: C): Of<C> {
    const frame = this.frames.shift();
    assert.equal(frame?.$case, kind);
    return frame?.value as Of<C>;
  }

  send(frame: Sent): void {
    this.events.frame({ frame });
  }

  tasks(...tasks: workerProto.Task[]): void {
    this.send({ $case: "tasks", value: { tasks } });
  }

  receipt(slug: string, state: workerProto.ReceiptState = 1, message = ""): void {
    this.send({ $case: "receipts", value: { receipts: [{ token: tokenOf(slug), state, message }] } });
  }

  cancel(slug: string, reason: workerProto.CancelReason): void {
    this.send({ $case: "cancellations", value: { cancellations: [{ slug, token: tokenOf(slug), reason }] } });
  }

  drain(graceMs: number, reconnectDelayMs: number): void {
    const span = (ms: number) => ({ seconds: BigInt(Math.floor(ms / 1000)), nanos: (ms % 1000) * 1_000_000 });
    this.send({ $case: "drain", value: { grace: span(graceMs), reconnectDelay: span(reconnectDelayMs) } });
  }

  welcome(more: { adopted?: string[]; stale?: string[]; pingMs?: number; conflictingKinds?: string[] } = {}): void {
    const { adopted = [], stale = [], pingMs = 3000, conflictingKinds = [] } = more;
    const held = (slug: string) => ({ slug, token: tokenOf(slug) });
    this.send({
      $case: "welcome",
      value: workerProto.Welcome.fromPartial({
        workerId: "w",
        serverId: "s",
        pingInterval: { seconds: BigInt(Math.floor(pingMs / 1000)), nanos: (pingMs % 1000) * 1_000_000 },
        reconnectGrace: { seconds: 10n },
        protocolRevision: 1,
        adopted: adopted.map(held),
        stale: stale.map(held),
        conflictingKinds,
      }),
    });
  }
}

export const tokenOf = (slug: string): Buffer => Buffer.from(slug.padEnd(16, "_"));

export function task(slug: string, more: Parameters<typeof workerProto.Task.fromPartial>[0] = {}): workerProto.Task {
  return workerProto.Task.fromPartial({ slug, kind: "k", token: tokenOf(slug), attempt: 1, fence: 1n, ...more });
}

export interface Stage {
  readonly clock: ManualClock;
  readonly engine: Engine;
  /** Every stream that was opened. */
  readonly streams: FakeStream[];
  /** How the engine ended, once it has. */
  readonly ends: (TickwireError | "ended")[];
  readonly logged: { level: string; message: string; facts: Record<string, unknown> }[];
  /** The newest stream. */
  stream(): FakeStream;
  /** The newest stream, reached and greeted; its hello. */
  hello(): Promise<workerProto.Hello>;
  /** The same, and welcomed. */
  connect(more?: Parameters<FakeStream["welcome"]>[0]): Promise<FakeStream>;
}

export interface Setting {
  readonly maxTasks?: number;
  readonly kindMaxTasks?: number;
  readonly define?: ConstructorParameters<typeof Engine>[0]["define"];
  /** Taken as they are, unless there is a `lookup`. */
  readonly addresses?: string[];
  readonly lookup?: Lookup;
  /** What is drawn, in turn; the last one for ever. */
  readonly random?: number[];
}

/** A worker with one kind, "k", on a transport and a clock that the test turns. */
export function stage(
  handler: Handler,
  { maxTasks = 10, kindMaxTasks, define = [], addresses = ["one"], lookup, random = [0, 0.5] }: Setting = {},
): Stage {
  const clock = new ManualClock();
  const streams: FakeStream[] = [];
  const ends: Stage["ends"] = [];
  const logged: Stage["logged"] = [];
  const transport: Transport = {
    open(server, events) {
      const stream = new FakeStream(server.address, events);
      streams.push(stream);
      return stream;
    },
  };
  const look: Servers["look"] = (call) => {
    call(addresses.map((address) => ({ address })));
    return () => {};
  };
  const draws = [...random];
  const note = (level: string) => (facts: object, message: string) =>
    void logged.push({ level, message, facts: facts as Record<string, unknown> });
  const log: Log = { ...silentLog, info: note("info"), warn: note("warn"), error: note("error") };
  const engine = new Engine(
    {
      transport,
      clock,
      log,
      random: () => (draws.length > 1 ? draws.shift() : draws[0]) ?? 0,
      servers: lookup ? new Servers(parseAddresses(addresses), clock, lookup) : { look },
      kinds: new Map([["k", { handler, maxTasks: kindMaxTasks }]]),
      maxTasks,
      instance: Buffer.alloc(16, 7),
      workerId: "me",
      client: "test/1",
      info: new Map(),
      define,
    },
    { welcomed: () => {}, ended: () => void ends.push("ended"), refused: (error) => void ends.push(error) },
  );
  const stream = () => streams.at(-1) ?? assert.fail("no stream was opened");
  const hello = async () => {
    stream().events.opened();
    await clock.settle();
    return stream().take("hello");
  };
  return {
    clock,
    engine,
    streams,
    ends,
    logged,
    stream,
    hello,
    async connect(more) {
      await hello();
      stream().welcome(more);
      await clock.settle();
      return stream();
    },
  };
}

/** A handler that ends when the test says so. */
export function gates(): {
  handler: Handler;
  open(slug: string, answer?: unknown): void;
  fail(slug: string, error: unknown): void;
  signals: Map<string, AbortSignal>;
  started: string[];
} {
  const open = new Map<string, { resolve(answer: unknown): void; reject(error: unknown): void }>();
  const signals = new Map<string, AbortSignal>();
  const started: string[] = [];
  return {
    handler: (task, { signal }) =>
      new Promise((resolve, reject) => {
        started.push(task.slug);
        signals.set(task.slug, signal);
        open.set(task.slug, { resolve: resolve as (answer: unknown) => void, reject });
      }),
    open: (slug, answer) => (open.get(slug) ?? assert.fail(`${slug} does not run`)).resolve(answer),
    fail: (slug, error) => (open.get(slug) ?? assert.fail(`${slug} does not run`)).reject(error),
    signals,
    started,
  };
}
