import assert from "node:assert/strict";
import { createServer, type Socket } from "node:net";
import { describe, type TestContext, test } from "node:test";
import { credentials, Server, ServerCredentials, status } from "@grpc/grpc-js";
import {
  type HealthServer,
  HealthService,
  HealthCheckResponse_ServingStatus as Serving,
} from "../../src/rpc/gen/grpc/health/v1/health.js";
import { SchedulerClient, type SchedulerServer, SchedulerService } from "../../src/rpc/gen/tickwire/v1/scheduler.js";
import { RawWorker } from "../rpc-stream/raw-worker.js";
import { type Ended, run } from "./processes.js";
import { startServer } from "./tickwire-process.js";

function health(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return run(["health", ...words], { env });
}

/** A gRPC server on a free port that serves, and whose store fails each call with this. */
async function storeFails(t: TestContext, code: status, details: string): Promise<string> {
  const server = new Server();
  const check: HealthServer["check"] = (_, callback) => callback(null, { status: Serving.SERVING });
  const listKinds: SchedulerServer["listKinds"] = (_, callback) => callback({ code, details });
  server.addService(HealthService, { check });
  server.addService(SchedulerService, { listKinds });
  return await bound(t, server);
}

async function bound(t: TestContext, server: Server): Promise<string> {
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, at) => {
      if (error) reject(error);
      else resolve(at);
    });
  });
  t.after(() => server.forceShutdown());
  return `127.0.0.1:${port}`;
}

/** Takes connections, and never says a word. */
async function silent(t: TestContext): Promise<string> {
  const open = new Set<Socket>();
  const server = createServer((socket) => open.add(socket.on("error", () => {})));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  const address = server.address();
  return `127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
}

describe("tickwire health", () => {
  test("is one line and 0 where the server serves, and where its store answers", async (t) => {
    const { grpc } = await startServer(t, ["--store", "memory:", "--http", "off"]);
    const [plain, ready, fromEnv] = await Promise.all([
      health(["--server", grpc]),
      health(["--ready"], { TICKWIRE_SERVER: grpc }),
      // As in a server's own container.
      health([], { TICKWIRE_GRPC: grpc.replace("127.0.0.1", "0.0.0.0"), TICKWIRE_SERVER: "" }),
    ]);
    assert.deepEqual([plain.code, plain.stdout, plain.stderr], [0, `${grpc} is serving\n`, ""]);
    assert.deepEqual([ready.code, ready.stdout, ready.stderr], [0, `${grpc} is ready\n`, ""]);
    assert.deepEqual([fromEnv.code, fromEnv.stdout], [0, `${grpc} is serving\n`]);
  });

  test("is 1 where the server stops", async (t) => {
    const server = await startServer(t, ["--store", "memory:", "--grace", "1m"]);
    const client = new SchedulerClient(server.grpc, credentials.createInsecure());
    t.after(() => client.close());
    const worker = new RawWorker(client);
    worker.hello();
    await worker.next("welcome");
    await once(client, "a");
    await worker.next("tasks");
    server.child.kill("SIGTERM");
    await worker.next("drain");
    for (const words of [[], ["--ready"]]) {
      const { code, stdout, stderr } = await health(["--server", server.grpc, ...words]);
      assert.deepEqual([code, stdout, stderr], [1, "", `tickwire: ${server.grpc} is not serving\n`]);
    }
  });

  test("is 3 where nobody listens, and where what listens is silent, though the process lives", async (t) => {
    const stopped = await startServer(t);
    stopped.child.kill("SIGSTOP");
    const cases = [
      ["127.0.0.1:1", "connect ECONNREFUSED"],
      [await silent(t), "no answer within 2s"],
      [stopped.grpc, "no answer within 2s"],
    ] as const;
    const ended = await Promise.all(cases.map(([address]) => health(["--server", address])));
    assert.deepEqual(
      ended.map(({ code, stdout, stderr }) => [code, stdout, stderr]),
      cases.map(([address, why]) => [3, "", `tickwire: can't reach ${address}: ${why}\n`]),
    );
  });

  test("--ready is 1 where the server serves and its store does not answer", async (t) => {
    const down = await storeFails(t, status.UNAVAILABLE, "the store can't be reached");
    assert.equal((await health(["--server", down])).code, 0);
    const { code, stderr } = await health(["--server", down, "--ready"]);
    assert.equal(code, 1);
    assert.equal(stderr, `tickwire: ${down} is serving, but not ready: the store can't be reached\n`);
  });

  test("is 1 where another gRPC server listens", async (t) => {
    const other = await bound(t, new Server());
    const { code, stderr } = await health(["--server", other]);
    assert.equal(code, 1);
    assert.match(stderr, /^tickwire: .+ does not tell how it is: .+\n$/);
  });

  test("of several servers tells each, and exits with the worst", async (t) => {
    const { grpc } = await startServer(t);
    const { code, stdout, stderr } = await health(["--server", `${grpc},127.0.0.1:1`]);
    assert.deepEqual([code, stdout], [3, `${grpc} is serving\n`]);
    assert.equal(stderr, "tickwire: can't reach 127.0.0.1:1: connect ECONNREFUSED\n");
  });

  test("is 2 where nothing says whom to ask", async () => {
    for (const [variable, why] of [
      ["127.0.0.1:0", /^tickwire: TICKWIRE_GRPC: has no port to ask: .*; got "127\.0\.0\.1:0"\n$/],
      ["nowhere", /^tickwire: TICKWIRE_GRPC: must be HOST:PORT.*; got "nowhere"\n$/],
    ] as const) {
      const { code, stderr } = await health([], { TICKWIRE_GRPC: variable });
      assert.equal(code, 2);
      assert.match(stderr, why);
    }
  });
});

/** Schedules a job that runs once, at once. */
async function once(client: SchedulerClient, slug: string): Promise<void> {
  const request = { job: { slug, kind: "mail", trigger: { schedule: { $case: "once", value: {} } } } };
  const { ScheduleJobRequest } = await import("../../src/rpc/gen/tickwire/v1/scheduler.js");
  await new Promise<void>((resolve, reject) => {
    client.scheduleJob(ScheduleJobRequest.create(request as never), (error) => (error ? reject(error) : resolve()));
  });
}
