import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import {
  credentials,
  Server,
  ServerCredentials,
  type ServiceError,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import {
  type HealthCheckResponse,
  HealthClient,
  HealthService,
  HealthCheckResponse_ServingStatus as Serving,
} from "../../src/rpc/gen/grpc/health/v1/health.js";
import {
  ServerReflectionClient,
  type ServerReflectionResponse,
  ServerReflectionService,
} from "../../src/rpc/gen/grpc/reflection/v1/reflection.js";
import { Health } from "../../src/rpc/health.js";
import { reflection } from "../../src/rpc/reflection.js";
import { told } from "../rpc/harness.js";
import { LogRecord } from "./grpc-fixture.js";

/** Health and reflection on calls that break in the handler's hands, as a fault of ours would have it. */

const secret = (): never => {
  throw new TypeError("a secret");
};

type Handler = (...args: never[]) => void;
/** What breaks the next call, once. */
type Break = (call: object) => void;

async function start(t: TestContext) {
  const log = new LogRecord();
  const health = new Health(["tickwire.v1.Scheduler"], log);
  const breaks: Break[] = [];
  const breaking = (handlers: object): UntypedServiceImplementation =>
    Object.fromEntries(
      Object.entries(handlers).map(([name, handler]: [string, Handler]) => [
        name,
        (call: object, ...rest: never[]) => {
          breaks.shift()?.(call);
          handler(call as never, ...rest);
        },
      ]),
    ) as unknown as UntypedServiceImplementation;
  const server = new Server();
  server.addService(HealthService, breaking(health.handlers));
  server.addService(ServerReflectionService, breaking(reflection(["tickwire.v1.Scheduler"], log).handlers));
  const port = await promisify(server.bindAsync.bind(server))("127.0.0.1:0", ServerCredentials.createInsecure());
  const clients = {
    health: new HealthClient(`127.0.0.1:${port}`, credentials.createInsecure()),
    reflection: new ServerReflectionClient(`127.0.0.1:${port}`, credentials.createInsecure()),
  };
  t.after(() => {
    clients.health.close();
    clients.reflection.close();
    server.forceShutdown();
  });
  return { health, log, breaks, clients };
}

const withoutRequest: Break = (call) => Object.defineProperty(call, "request", { get: secret });
const withoutWrite: Break = (call) => Object.assign(call, { write: secret });

/** INTERNAL, with an id that the log has, and nothing of the cause. */
function assertInternal(error: ServiceError | null | undefined, log: LogRecord): void {
  assert.equal(error?.code, status.INTERNAL);
  assert.doesNotMatch(error.details, /secret/);
  const facts = new Map(Object.entries(told(error).facts));
  assert.deepEqual(
    log.lines.splice(0).map((line) => [line.message, line.facts.errorId]),
    [["call failed", facts.get("errorId")]],
  );
}

test("a health check that breaks is INTERNAL with an id, and the next one is answered", async (t) => {
  const { log, breaks, clients } = await start(t);
  const check = () =>
    new Promise<{ error: ServiceError | null; answer?: HealthCheckResponse }>((resolve) => {
      clients.health.check({ service: "" }, (error, answer) => resolve({ error, answer }));
    });
  breaks.push(withoutRequest);
  assertInternal((await check()).error, log);
  assert.equal((await check()).answer?.status, Serving.NOT_SERVING);
});

test("a health watch that breaks ends alone, whether at its start or at a change; the others are told", async (t) => {
  const { health, log, breaks, clients } = await start(t);
  const watch = () => {
    const stream = clients.health.watch({ service: "" });
    const failed = new Promise<ServiceError>((resolve) => stream.once("error", resolve));
    return { failed, seen: stream[Symbol.asyncIterator]() as AsyncIterator<HealthCheckResponse> };
  };
  breaks.push(withoutRequest);
  const { failed, seen: none } = watch();
  await assert.rejects(none.next());
  assertInternal(await failed, log);

  // The next two are sound at first: the first of them breaks later.
  let first: object = {};
  breaks.push((call) => {
    first = call;
  });
  const broken = watch();
  assert.equal((await broken.seen.next()).value.status, Serving.NOT_SERVING);
  const sound = watch();
  assert.equal((await sound.seen.next()).value.status, Serving.NOT_SERVING);
  withoutWrite(first);
  health.setServing(true);
  assert.equal((await sound.seen.next()).value.status, Serving.SERVING);
  await assert.rejects(broken.seen.next());
  assertInternal(await broken.failed, log);
});

test("reflection that breaks is INTERNAL with an id, and the next stream is answered", async (t) => {
  const { log, breaks, clients } = await start(t);
  const ask = () => {
    const stream = clients.reflection.serverReflectionInfo();
    stream.write({ host: "", messageRequest: { $case: "listServices", value: "" } });
    return new Promise<ServiceError | ServerReflectionResponse>((resolve) => {
      stream.once("error", resolve).once("data", (answer) => {
        resolve(answer);
        stream.end();
      });
    });
  };
  breaks.push(withoutWrite);
  const error = await ask();
  assert.ok(error instanceof Error);
  assertInternal(error, log);
  const answer = await ask();
  assert.ok(!(answer instanceof Error));
  assert.equal(answer.messageResponse?.$case, "listServicesResponse");
});
