import { randomBytes } from "node:crypto";
import type { ClientDuplexStream, Metadata, ServiceError, StatusObject } from "@grpc/grpc-js";
import { BadRequest, ErrorInfo } from "../../src/rpc/gen/google/rpc/error_details.js";
import { Status } from "../../src/rpc/gen/google/rpc/status.js";
import type { SchedulerClient } from "../../src/rpc/gen/tickwire/v1/scheduler.js";
import type { Hello, WorkRequest, WorkResponse } from "../../src/rpc/gen/tickwire/v1/worker.js";

type ServerFrame = NonNullable<WorkResponse["frame"]>;
type ServerValues = { [Frame in ServerFrame as Frame["$case"]]: Frame["value"] };
type WorkerFrame = NonNullable<WorkRequest["frame"]>;

/** A worker's end of a stream, on the generated code alone: it says what the test says, right or wrong. */
export class RawWorker {
  readonly frames: ServerFrame[] = [];
  readonly stream: ClientDuplexStream<WorkRequest, WorkResponse>;
  /** How the stream ended; never rejects. */
  readonly ended: Promise<StatusObject>;
  readonly #waiting: (() => void)[] = [];

  constructor(client: SchedulerClient) {
    this.stream = client.work();
    this.ended = new Promise((resolve) => this.stream.once("status", resolve));
    this.stream.on("data", ({ frame }: WorkResponse) => {
      if (frame) this.frames.push(frame);
      for (const look of this.#waiting.splice(0)) look();
    });
    // The status has all of it.
    this.stream.on("error", (_: ServiceError) => {});
  }

  say(frame: WorkerFrame): void {
    this.stream.write({ frame });
  }

  hello(parts: Partial<Hello> = {}): void {
    this.say({ $case: "hello", value: hello(parts) });
  }

  /** The first frame of this kind, now or when it comes. */
  async next<Case extends keyof ServerValues>($case: Case): Promise<ServerValues[Case]> {
    for (;;) {
      const at = this.frames.findIndex((frame) => frame.$case === $case);
      const [found] = at < 0 ? [] : this.frames.splice(at, 1);
      if (found) return found.value as ServerValues[Case];
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }
}

/** A hello with nothing wrong in it. */
export function hello(parts: Partial<Hello> = {}): Hello {
  return {
    workerId: "w1",
    client: "raw/1",
    info: new Map([["host", "h1"]]),
    capacity: { maxTasks: 3, kinds: [{ kind: "mail", maxTasks: undefined }] },
    define: [],
    held: [],
    protocolRevision: 1,
    instance: randomBytes(16),
    stream: 1n,
    ...parts,
  };
}

/** A status's google.rpc details. */
export function detailsOf(status: { readonly metadata?: Metadata | null }): {
  readonly reason: string | undefined;
  readonly fields: readonly string[];
} {
  const [bytes] = status.metadata?.get("grpc-status-details-bin") ?? [];
  const details = Buffer.isBuffer(bytes) ? Status.decode(bytes).details : [];
  const info = details.find(({ typeUrl }) => typeUrl.endsWith(".ErrorInfo"));
  const bad = details.find(({ typeUrl }) => typeUrl.endsWith(".BadRequest"));
  return {
    reason: info && ErrorInfo.decode(info.value).reason,
    fields: bad ? BadRequest.decode(bad.value).fieldViolations.map(({ field }) => field) : [],
  };
}
