import { promisify } from "node:util";
import {
  type ClientReadableStream,
  credentials,
  Metadata,
  Server,
  ServerCredentials,
  type ServiceError,
} from "@grpc/grpc-js";
import { type Log, silentLog } from "../../src/core/log.js";
import { BadRequest, ErrorInfo } from "../../src/rpc/gen/google/rpc/error_details.js";
import { Status } from "../../src/rpc/gen/google/rpc/status.js";
import { SchedulerClient, SchedulerService } from "../../src/rpc/gen/tickwire/v1/scheduler.js";
import { schedulerDefinition, schedulerHandlers } from "../../src/rpc/scheduler.js";
import { createService, type Service } from "../../src/service/service.js";
import { openMemoryStore } from "../../src/store/memory/store.js";
import type { Store } from "../../src/store/store.js";
import { type FakeDispatch, fakeDispatch, type ManualClock, manualClock } from "../service/fake-dispatch.js";

type Unary = {
  [Name in keyof typeof SchedulerService]: (typeof SchedulerService)[Name]["responseStream"] extends true
    ? never
    : Name;
}[keyof typeof SchedulerService];
type RequestOf<Name extends keyof typeof SchedulerService> = Parameters<
  (typeof SchedulerService)[Name]["requestSerialize"]
>[0];
type ResponseOf<Name extends keyof typeof SchedulerService> = Parameters<
  (typeof SchedulerService)[Name]["responseSerialize"]
>[0];

/** A server on a free port, on a memory store, whose dispatch is the test's. */
export interface Harness {
  readonly store: Store;
  /** What the calls come to. */
  readonly service: Service;
  readonly dispatch: FakeDispatch;
  readonly clock: ManualClock;
  readonly client: SchedulerClient;
  /** The store's time; tests move it. */
  now: Date;
  call<Name extends Unary>(name: Name, request: RequestOf<Name>, metadata?: Metadata): Promise<ResponseOf<Name>>;
  /** A call with bytes of the test's own. */
  raw(name: Unary, bytes: Buffer): Promise<Buffer>;
  close(): Promise<void>;
}

export async function startHarness(
  options: { readonly log?: Log; readonly wrap?: (store: Store) => Store } = {},
): Promise<Harness> {
  const harness = { now: new Date("2025-01-01T00:00:00Z") };
  const memory = openMemoryStore({ clock: () => harness.now });
  const store = options.wrap ? options.wrap(memory) : memory;
  const dispatch = fakeDispatch(store, () => harness.now);
  const log = options.log ?? silentLog;
  const clock = manualClock();
  const service = createService({ store, dispatch, log, version: "1.2.3", clock });
  const server = new Server();
  server.addService(schedulerDefinition, { ...schedulerHandlers(service, log) });
  const port = await promisify(server.bindAsync.bind(server))("127.0.0.1:0", ServerCredentials.createInsecure());
  const client = new SchedulerClient(`127.0.0.1:${port}`, credentials.createInsecure());
  const unaryCall =
    (name: Unary, serialize: (value: never) => Buffer, deserialize: (bytes: Buffer) => unknown) =>
    (request: unknown, metadata = new Metadata()) =>
      new Promise<unknown>((resolve, reject) => {
        const done = (error: ServiceError | null, response?: unknown) => (error ? reject(error) : resolve(response));
        client.makeUnaryRequest(SchedulerService[name].path, serialize as never, deserialize, request, metadata, done);
      });
  return Object.assign(harness, {
    store,
    service,
    dispatch,
    clock,
    client,
    call: ((name: Unary, request: never, metadata?: Metadata) => {
      const { requestSerialize, responseDeserialize } = SchedulerService[name];
      return unaryCall(name, requestSerialize as never, responseDeserialize)(request, metadata);
    }) as Harness["call"],
    raw: (name: Unary, bytes: Buffer) =>
      unaryCall(name, ((value: Buffer) => value) as never, (value) => value)(bytes) as Promise<Buffer>,
    async close() {
      client.close();
      server.forceShutdown();
      await store.close();
    },
  });
}

export interface Told {
  readonly code: number;
  readonly message: string;
  readonly reason: string;
  readonly facts: Readonly<Record<string, string>>;
  /** Paths of BadRequest. */
  readonly fields: readonly string[];
}

/** The error that a call ended with. */
export async function errorOf(call: Promise<unknown>): Promise<Told> {
  try {
    await call;
  } catch (error) {
    return told(error as ServiceError);
  }
  throw new Error("the call succeeded");
}

export function told(error: ServiceError): Told {
  const [trailer] = error.metadata.get("grpc-status-details-bin");
  const status = Buffer.isBuffer(trailer) ? Status.decode(trailer) : Status.create();
  return { ...toldStatus(status), code: error.code, message: error.details };
}

export function toldStatus(status: Status): Told {
  const value = (name: string) =>
    status.details.find((one) => one.typeUrl.endsWith(`.${name}`))?.value ?? Buffer.alloc(0);
  const info = ErrorInfo.decode(value("ErrorInfo"));
  return {
    code: status.code,
    message: status.message,
    reason: info.reason,
    facts: Object.fromEntries(info.metadata),
    fields: BadRequest.decode(value("BadRequest")).fieldViolations.map((one) => one.field),
  };
}

/** All that a stream gives, and the error it ends with. */
export async function drain<T>(stream: ClientReadableStream<T>): Promise<{ items: T[]; error?: Told }> {
  const items: T[] = [];
  try {
    for await (const item of stream) items.push(item as T);
  } catch (error) {
    return { items, error: told(error as ServiceError) };
  }
  return { items };
}
