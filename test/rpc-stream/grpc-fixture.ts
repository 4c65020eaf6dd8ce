import type { TestContext } from "node:test";
import { credentials } from "@grpc/grpc-js";
import { type Log, silentLog } from "../../src/core/log.js";
import type { Link, LinkEvents, WorkerFrame } from "../../src/dispatch/frames.js";
import { SchedulerClient } from "../../src/rpc/gen/tickwire/v1/scheduler.js";
import { createGrpcServer, type GrpcServer } from "../../src/rpc/server.js";
import type { Service } from "../../src/service/service.js";

/** One stream as a session of dispatch sees it. */
export class FakeSession implements LinkEvents {
  readonly frames: WorkerFrame[] = [];
  drains = 0;
  closes = 0;
  #waiting: { readonly done: () => boolean; readonly resolve: () => void }[] = [];

  constructor(
    readonly link: Link,
    readonly onFrame: (frame: WorkerFrame, session: FakeSession) => void,
  ) {}

  frame(frame: WorkerFrame): void {
    this.frames.push(frame);
    this.#look();
    this.onFrame(frame, this);
  }

  drained(): void {
    this.drains++;
    this.#look();
  }

  closed(): void {
    this.closes++;
    this.#look();
  }

  /** Resolves when this is so, after an event. */
  async until(done: (session: FakeSession) => boolean): Promise<void> {
    if (done(this)) return;
    await new Promise<void>((resolve) => this.#waiting.push({ done: () => done(this), resolve }));
  }

  #look(): void {
    for (const one of this.#waiting) if (one.done()) one.resolve();
  }
}

export interface GrpcFixture {
  readonly server: GrpcServer;
  readonly address: string;
  readonly client: SchedulerClient;
  readonly sessions: readonly FakeSession[];
  /** The session of the newest stream, once it is there. */
  session(): Promise<FakeSession>;
}

export interface FixtureOptions {
  readonly onFrame?: (frame: WorkerFrame, session: FakeSession) => void;
  readonly connect?: (link: Link) => LinkEvents;
  readonly service?: Partial<Service>;
  readonly log?: Log;
}

/** The gRPC server alone, on a free port: sessions and use cases are the test's. */
export async function startGrpc(t: TestContext, options: FixtureOptions = {}): Promise<GrpcFixture> {
  const sessions: FakeSession[] = [];
  let arrived: (session: FakeSession) => void = () => {};
  let next = new Promise<FakeSession>((resolve) => {
    arrived = resolve;
  });
  const connect = (link: Link): LinkEvents => {
    if (options.connect) return options.connect(link);
    const session = new FakeSession(link, options.onFrame ?? (() => {}));
    sessions.push(session);
    arrived(session);
    return session;
  };
  const server = createGrpcServer({
    service: (options.service ?? {}) as Service,
    dispatch: { connect },
    log: options.log ?? silentLog,
  });
  const port = await server.listen("127.0.0.1", 0);
  const address = `127.0.0.1:${port}`;
  const client = new SchedulerClient(address, credentials.createInsecure());
  t.after(async () => {
    client.close();
    await server.close(100);
  });
  return {
    server,
    address,
    client,
    sessions,
    async session() {
      const session = await next;
      next = new Promise((resolve) => {
        arrived = resolve;
      });
      return session;
    },
  };
}

/** What was logged: message and facts. */
export class LogRecord implements Log {
  readonly lines: {
    readonly level: keyof Log;
    readonly facts: { readonly errorId?: unknown };
    readonly message: string;
  }[] = [];
  readonly debug = this.#of("debug");
  readonly info = this.#of("info");
  readonly warn = this.#of("warn");
  readonly error = this.#of("error");

  #of(level: keyof Log) {
    return (facts: object, message: string): void => {
      this.lines.push({ level, facts, message });
    };
  }
}
