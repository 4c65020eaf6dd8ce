import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { credentials, type ServiceError, type StatusObject, status } from "@grpc/grpc-js";
import {
  type HealthCheckResponse,
  HealthClient,
  type HealthListResponse,
  HealthCheckResponse_ServingStatus as Serving,
} from "../../src/rpc/gen/grpc/health/v1/health.js";
import { DeafWorker } from "./deaf-worker.js";
import { startGrpc } from "./grpc-fixture.js";
import { hello, RawWorker } from "./raw-worker.js";

const NAMES = ["", "tickwire.v1.Scheduler", "grpc.health.v1.Health"];

async function start(t: TestContext) {
  const fixture = await startGrpc(t);
  const health = new HealthClient(fixture.address, credentials.createInsecure());
  t.after(() => health.close());
  const check = (service: string): Promise<number> =>
    new Promise((resolve) => {
      health.check({ service }, (error: ServiceError | null, answer: HealthCheckResponse) =>
        resolve(error ? -error.code : answer.status),
      );
    });
  return { ...fixture, health, check };
}

test("each service serves when the server does; another is NOT_FOUND", async (t) => {
  const { server, check } = await start(t);
  for (const name of NAMES) assert.equal(await check(name), Serving.NOT_SERVING);
  server.setServing(true);
  for (const name of NAMES) assert.equal(await check(name), Serving.SERVING);
  assert.equal(await check("tickwire.v1.Other"), -status.NOT_FOUND);
});

test("a list has them all", async (t) => {
  const { server, health } = await start(t);
  server.setServing(true);
  const { statuses } = await new Promise<HealthListResponse>((resolve, reject) => {
    health.list({}, (error, answer) => (error ? reject(error) : resolve(answer)));
  });
  assert.deepEqual(
    [...statuses].map(([name, one]) => [name, one.status]),
    NAMES.map((name) => [name, Serving.SERVING]),
  );
});

test("a watch tells each change once, and ends as UNAVAILABLE when the server stops", async (t) => {
  const { server, health } = await start(t);
  const watch = health.watch({ service: "tickwire.v1.Scheduler" });
  const seen = watch[Symbol.asyncIterator]();
  const next = async (): Promise<number> => ((await seen.next()) as { value: HealthCheckResponse }).value.status;
  assert.equal(await next(), Serving.NOT_SERVING);
  server.setServing(true);
  server.setServing(true);
  assert.equal(await next(), Serving.SERVING);
  server.setServing(false);
  assert.equal(await next(), Serving.NOT_SERVING);
  const ended = new Promise<StatusObject>((resolve) => watch.once("status", resolve));
  const started = performance.now();
  await server.close(10_000);
  assert.ok(performance.now() - started < 5_000, "the watch was waited for");
  await assert.rejects(seen.next());
  assert.equal((await ended).code, status.UNAVAILABLE);
});

test("a watch of a service that is not there stays open, and says so", async (t) => {
  const { health } = await start(t);
  const watch = health.watch({ service: "other" });
  const { value } = (await watch[Symbol.asyncIterator]().next()) as { value: HealthCheckResponse };
  assert.equal(value.status, Serving.SERVICE_UNKNOWN);
});

test("a server that closes cuts off what has not ended by its limit, also a peer that does not read", async (t) => {
  const { server, client, address, session } = await start(t);
  const worker = new RawWorker(client);
  worker.hello();
  await session();
  const deaf = new DeafWorker(address);
  t.after(() => deaf.close());
  await deaf.say({ $case: "hello", value: hello() });
  await session();
  await server.close(50);
  assert.notEqual((await worker.ended).code, status.OK);
  await deaf.reset();
});
