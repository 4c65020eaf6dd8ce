import assert from "node:assert/strict";
import { mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type ClientReadableStream, credentials } from "@grpc/grpc-js";
import { readSettings } from "../src/config.js";
import { type Log, silentLog } from "../src/core/log.js";
import {
  type HealthCheckResponse,
  HealthClient,
  HealthCheckResponse_ServingStatus as Serving,
} from "../src/rpc/gen/grpc/health/v1/health.js";
import { startServer } from "../src/server.js";

/** A server on a file of its own, which can be moved away under it and put back. */
async function start(t: TestContext, flags: Readonly<Record<string, string>> = {}, log: Log = silentLog) {
  const folder = mkdtempSync(join(tmpdir(), "tickwire-server-"));
  const file = join(folder, "store.db");
  const ports = { grpc: "127.0.0.1:0", http: "127.0.0.1:0" };
  const settings = readSettings({ store: `sqlite:${file}`, ...ports, ...flags });
  const server = await startServer(settings, log);
  t.after(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    server,
    file,
    moveAway: () => renameSync(file, join(folder, "away.db")),
    putBack: () => renameSync(join(folder, "away.db"), file),
  };
}

async function readiness(httpAddress: string | undefined): Promise<{ status: number; reason?: string }> {
  const response = await fetch(`http://${httpAddress}/readyz`);
  const { reason } = (await response.json()) as { reason?: string };
  return { status: response.status, ...(reason !== undefined && { reason }) };
}

/** Resolves with the next answer of a health watch that is this one. */
async function until(watch: ClientReadableStream<HealthCheckResponse>, wanted: Serving): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const look = ({ status }: HealthCheckResponse): void => {
      if (status !== wanted) return;
      watch.off("data", look).off("error", reject);
      resolve();
    };
    watch.on("data", look).once("error", reject);
  });
}

test("a store that is out of reach: /readyz says so at once, gRPC health once the lease is in doubt; both recover", {
  timeout: 60_000,
}, async (t) => {
  const { server, moveAway, putBack } = await start(t, { "lease-ttl": "6s" });
  const health = new HealthClient(server.grpcAddress, credentials.createInsecure());
  const watch = health.watch({ service: "tickwire.v1.Scheduler" });
  // It ends with the server, as UNAVAILABLE.
  watch.on("error", () => {});
  t.after(() => health.close());
  await until(watch, Serving.SERVING);
  assert.deepEqual(await readiness(server.httpAddress), { status: 200 });

  moveAway();
  const inDoubt = until(watch, Serving.NOT_SERVING).then(() => "in doubt");
  const first = await Promise.race([readiness(server.httpAddress), inDoubt]);
  // Its lease holds for two thirds of the TTL: until then its workers stay, and gRPC health with them.
  assert.deepEqual(first, { status: 503, reason: "the store does not answer" });
  await inDoubt;
  assert.deepEqual(await readiness(server.httpAddress), {
    status: 503,
    reason: "the server can't renew its lease in the store",
  });

  putBack();
  await until(watch, Serving.SERVING);
  assert.deepEqual(await readiness(server.httpAddress), { status: 200 });
});

test("a store that is out of reach for a moment is not ready for that moment alone", async (t) => {
  const { server, moveAway, putBack } = await start(t);
  for (let round = 0; round < 2; round++) {
    moveAway();
    assert.deepEqual(await readiness(server.httpAddress), { status: 503, reason: "the store does not answer" });
    putBack();
    assert.deepEqual(await readiness(server.httpAddress), { status: 200 });
  }
});

test("what the store has to tell is in the server's log: that its file can't be written, and that it can again", async (t) => {
  const told: [level: string, message: string, facts: { readonly file?: string }][] = [];
  const tell = (level: string) => (facts: object, message: string) => {
    if (message.startsWith("the store's file")) told.push([level, message, facts]);
  };
  const log = { ...silentLog, info: tell("info"), error: tell("error") };
  const { server, file, moveAway, putBack } = await start(t, {}, log);
  moveAway();
  await readiness(server.httpAddress);
  putBack();
  await readiness(server.httpAddress);
  assert.deepEqual(
    told.map(([level, message, facts]) => [level, message, facts.file]),
    [
      ["error", "the store's file can't be written", file],
      ["info", "the store's file can be written again", file],
    ],
  );
});
