import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { credentials, type StatusObject, status } from "@grpc/grpc-js";
import { HealthClient, HealthCheckResponse_ServingStatus as Serving } from "../../src/rpc/gen/grpc/health/v1/health.js";
import { SchedulerClient } from "../../src/rpc/gen/tickwire/v1/scheduler.js";
import { RawWorker } from "../rpc-stream/raw-worker.js";
import { startServer, TickwireProcess, temporaryFolder } from "./tickwire-process.js";

async function runToEnd(t: TestContext, words: readonly string[], env: object = {}) {
  const one = new TickwireProcess(t, words, { env });
  return { ...(await one.ended), stdout: one.stdout, stderr: one.stderr };
}

/** A port that somebody has. */
async function takenPort(t: TestContext): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const address = server.address();
  return typeof address === "object" && address ? address.port : 0;
}

describe("the command line", () => {
  test("--version and --help answer on stdout and exit 0", async (t) => {
    const version = await runToEnd(t, ["--version"]);
    assert.deepEqual([version.code, version.stdout], [0, "tickwire 0.1.0\n"]);
    const help = await runToEnd(t, ["--help"]);
    assert.equal(help.code, 0);
    assert.match(help.stdout, /serve {2,}run a server/);
    const serve = await runToEnd(t, ["serve", "--help"]);
    assert.match(serve.stdout, /--grpc HOST:PORT[\s\S]*TICKWIRE_GRPC/);
  });

  test("what is wrong is told on stderr without a stack, and exits 2", async (t) => {
    for (const words of [
      ["srve"],
      ["serve", "--gprc", "x"],
      ["serve", "--grpc", "x", "--ping", "y"],
      ["serve", "now"],
    ]) {
      const { code, stdout, stderr } = await runToEnd(t, words);
      assert.equal(code, 2, words.join(" "));
      assert.equal(stdout, "");
      assert.match(stderr, /^tickwire: /);
      assert.doesNotMatch(stderr, /\n\s+at /);
    }
  });

  test("a public address is refused, and its error names the setting that allows it", async (t) => {
    const { code, stderr } = await runToEnd(t, ["serve"], { TICKWIRE_GRPC: "0.0.0.0:0" });
    assert.equal(code, 2);
    assert.match(stderr, /^tickwire: TICKWIRE_GRPC: .*--allow-public-bind/);
  });
});

describe("tickwire serve", () => {
  for (const store of ["memory:", "sqlite:jobs.db"]) {
    test(`on ${store} is ready in one line, answers, and ends with 0 on SIGTERM`, async (t) => {
      const cwd = temporaryFolder(t);
      const server = await startServer(t, ["--store", store], { cwd });
      const ready = await server.logged("ready");
      assert.equal(ready.store, store);
      assert.equal(server.log.length, 1);

      for (const path of ["healthz", "readyz"]) {
        const response = await fetch(`http://${server.http}/${path}`);
        assert.deepEqual([response.status, await response.json()], [200, { status: "ok" }]);
      }
      const health = new HealthClient(server.grpc, credentials.createInsecure());
      t.after(() => health.close());
      const status = await new Promise((resolve) => {
        health.check({ service: "tickwire.v1.Scheduler" }, (_, answer) => resolve(answer?.status));
      });
      assert.equal(status, Serving.SERVING);

      server.child.kill("SIGTERM");
      assert.deepEqual(await server.ended, { code: 0, signal: null });
      assert.equal(server.stderr, "");
      assert.deepEqual(
        server.log.filter(({ level }) => level !== "info"),
        [],
      );
      assert.equal(server.log.at(-1)?.msg, "stopped");
      assert.equal(existsSync(join(cwd, "jobs.db")), store.startsWith("sqlite"));
    });
  }

  test("ends with 0 on SIGINT as well", async (t) => {
    const server = await startServer(t);
    server.child.kill("SIGINT");
    assert.deepEqual(await server.ended, { code: 0, signal: null });
  });

  test("without --http serves gRPC alone", async (t) => {
    const server = await startServer(t, ["--store", "memory:", "--http", "off"]);
    assert.equal((await server.logged("ready")).http, undefined);
  });

  for (const flag of ["--grpc", "--http"]) {
    test(`tells that the port of ${flag} is in use, and what to do, and leaves nothing behind`, async (t) => {
      const cwd = temporaryFolder(t);
      const port = await takenPort(t);
      const other = flag === "--grpc" ? "--http" : "--grpc";
      const words = ["serve", "--store", "sqlite:jobs.db", other, "127.0.0.1:0", flag, `127.0.0.1:${port}`];
      const one = new TickwireProcess(t, words, { cwd });
      assert.equal((await one.ended).code, 1);
      assert.match(
        one.stderr,
        new RegExp(
          `^tickwire: can't listen for .* on 127\\.0\\.0\\.1:${port}: the port is in use.*${flag} HOST:PORT\\n$`,
        ),
      );
      assert.equal(existsSync(join(cwd, "jobs.db")), false);
    });
  }

  test("tells that an address is not this machine's", async (t) => {
    const words = ["serve", "--store", "memory:", "--http", "off", "--grpc", "192.0.2.1:7070", "--allow-public-bind"];
    const { code, stderr } = await runToEnd(t, words);
    assert.equal(code, 1);
    assert.match(stderr, /on 192\.0\.2\.1:7070: this machine has no such address/);
  });

  test("tells what is wrong with a store", async (t) => {
    const ports = ["--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0"];
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, "text.db"), "this is a text, and no database\n".repeat(100));
    for (const [store, wanted] of [
      ["mongodb://user:secret@host/db", /MongoDB/],
      ["redis://host", /unknown scheme/],
      ["sqlite:", /path/],
      [`sqlite:${join(folder, "missing", "jobs.db")}`, /missing/],
      [`sqlite:${join(folder, "text.db")}`, /text\.db.*not a SQLite database/],
    ] as const) {
      const { code, stderr } = await runToEnd(t, ["serve", ...ports, "--store", store]);
      assert.equal(code, 1, store);
      assert.match(stderr, wanted);
      assert.match(stderr, /^tickwire: [^\n]+\n$/);
      assert.doesNotMatch(stderr, /secret|\n\s+at /);
    }
  });

  test("takes its settings from the environment too", async (t) => {
    const env = { TICKWIRE_STORE: "memory:", TICKWIRE_SERVER_ID: "one", TICKWIRE_HTTP: "off" };
    const server = new TickwireProcess(t, ["serve", "--grpc", "127.0.0.1:0"], { env });
    const ready = await server.logged("ready");
    assert.deepEqual([ready.server, ready.store, ready.http], ["one", "memory:", undefined]);
  });
});

describe("a server that stops while a worker has a stream", () => {
  const withWorker = async (t: TestContext, words: string[]) => {
    const server = await startServer(t, ["--store", "memory:", ...words]);
    const client = new SchedulerClient(server.grpc, credentials.createInsecure());
    t.after(() => client.close());
    const worker = new RawWorker(client);
    worker.hello();
    await worker.next("welcome");
    return { server, client, worker };
  };

  test("sends it a drain notice, ends its stream normally, and exits 0", async (t) => {
    const { server, worker } = await withWorker(t, []);
    server.child.kill("SIGTERM");
    const { grace, reconnectDelay } = await worker.next("drain");
    assert.ok(grace && grace.seconds < 10n);
    assert.ok(reconnectDelay && Number(reconnectDelay.seconds) < 5);
    assert.equal((await worker.ended).code, status.OK);
    assert.deepEqual(await server.ended, { code: 0, signal: null });
  });

  test("waits for a task that is out; a second signal ends it at once, with 128 + n", async (t) => {
    const { server, client, worker } = await withWorker(t, ["--grace", "1m"]);
    await schedule(client, "a");
    const { tasks } = await worker.next("tasks");
    assert.equal(tasks[0]?.slug, "a");
    server.child.kill("SIGTERM");
    await worker.next("drain");
    server.child.kill("SIGTERM");
    assert.deepEqual(await server.ended, { code: 143, signal: null });
    await worker.ended;
  });

  test("exits 0 within the grace though the task never ends", async (t) => {
    const { server, client, worker } = await withWorker(t, ["--ping", "200ms", "--grace", "5s"]);
    const ping = setInterval(() => worker.say({ $case: "ping", value: {} }), 150);
    t.after(() => clearInterval(ping));
    await schedule(client, "a");
    await worker.next("tasks");
    const started = performance.now();
    server.child.kill("SIGINT");
    assert.deepEqual(await server.ended, { code: 0, signal: null });
    const took = performance.now() - started;
    assert.ok(took > 3_000 && took < 5_500, `${took} ms`);
  });
});

async function schedule(client: SchedulerClient, slug: string): Promise<void> {
  const { ScheduleJobRequest } = await import("../../src/rpc/gen/tickwire/v1/scheduler.js");
  const request = ScheduleJobRequest.create({
    job: { slug, kind: "mail", trigger: { schedule: { $case: "once", value: {} } } },
  } as never);
  await new Promise<void>((resolve, reject) => {
    client.scheduleJob(request, (error: (Error & Partial<StatusObject>) | null) => (error ? reject(error) : resolve()));
  });
}
