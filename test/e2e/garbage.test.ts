import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { connect } from "node:net";
import { type TestContext, test } from "node:test";
import { credentials, Metadata, type StatusObject, status } from "@grpc/grpc-js";
import { SchedulerClient, SchedulerService } from "../../src/rpc/gen/tickwire/v1/scheduler.js";
import { startServer } from "../cli/tickwire-process.js";
import { RawWorker } from "../rpc-stream/raw-worker.js";

async function start(t: TestContext) {
  const server = await startServer(t);
  const client = new SchedulerClient(server.grpc, credentials.createInsecure());
  t.after(() => client.close());
  return { server, client };
}

/** A call with these bytes as its request, to its end. */
function send(client: SchedulerClient, path: string, bytes: Buffer, metadata = new Metadata()): Promise<StatusObject> {
  const asIs = (message: Buffer): Buffer => message;
  return new Promise((resolve) => {
    const deadline = new Date(Date.now() + 500);
    const call = client.makeBidiStreamRequest(path, asIs, asIs, metadata, { deadline });
    call.on("error", () => {});
    call.once("status", resolve);
    call.resume();
    call.end(bytes);
  });
}

/** The same bytes in every run. */
function noise(seed: string, length: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, i) =>
    createHash("sha256").update(`${seed}${i}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, length);
}

test("no bytes that a caller can send to any method are INTERNAL, or end the server", async (t) => {
  const { server, client } = await start(t);
  const watching = new Set<string>([SchedulerService.watchRuns.path]);
  for (const { path } of Object.values(SchedulerService)) {
    for (const length of [0, 1, 2, 7, 100, 5_000]) {
      const { code } = await send(client, path, noise(`${path}${length}`, length));
      // A watch of everything is what an empty request asks for; it has no end but its deadline.
      const allowed = watching.has(path) && length === 0 ? status.DEADLINE_EXCEEDED : code;
      assert.equal(code, allowed);
      assert.notEqual(code, status.INTERNAL, `${path} with ${length} bytes`);
      assert.notEqual(code, status.UNKNOWN, `${path} with ${length} bytes`);
    }
  }
  assert.equal((await send(client, "/tickwire.v1.Scheduler/Nothing", Buffer.alloc(0))).code, status.UNIMPLEMENTED);
  assert.equal((await fetch(`http://${server.http}/readyz`)).status, 200);
  assert.deepEqual(
    server.log.filter(({ level }) => level === "error"),
    [],
  );
});

test("connections that speak no HTTP/2, and headers of any size, harm nobody", async (t) => {
  const { server, client } = await start(t);
  const worker = new RawWorker(client);
  worker.hello();
  await worker.next("welcome");
  const [host = "", port = ""] = server.grpc.split(":");
  for (const text of [Buffer.from("GET / HTTP/1.1\r\n\r\n"), noise("socket", 10_000), Buffer.alloc(0)]) {
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), host, () => socket.end(text));
      socket.on("error", () => {});
      socket.on("close", () => resolve());
      socket.resume();
    });
  }
  const metadata = new Metadata();
  metadata.set("x-long", "x".repeat(100_000));
  await send(client, SchedulerService.getServerInfo.path, Buffer.alloc(0), metadata);
  for (const target of ["/", "/healthz/../x", "/%00", `/${"x".repeat(10_000)}`]) {
    assert.equal((await fetch(`http://${server.http}${target}`)).status, 404);
  }
  assert.equal((await fetch(`http://${server.http}/healthz`, { method: "POST" })).status, 405);
  const again = new SchedulerClient(server.grpc, credentials.createInsecure());
  t.after(() => again.close());
  const other = new RawWorker(again);
  other.hello();
  await other.next("welcome");
});
