import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { constants } from "node:http2";
import { describe, type TestContext, test } from "node:test";
import { status } from "@grpc/grpc-js";
import { TickwireError } from "../../src/core/errors.js";
import { ReceiptState, type Result } from "../../src/rpc/gen/tickwire/v1/worker.js";
import { DeafWorker } from "./deaf-worker.js";
import { LogRecord, startGrpc } from "./grpc-fixture.js";
import { detailsOf, hello, RawWorker } from "./raw-worker.js";

const PING = { $case: "ping", value: {} } as const;
const released = (token: Buffer): Result => ({ slug: "a", token, outcome: { $case: "released", value: {} } });

test("a session gets a worker's frames, and the worker the session's", async (t) => {
  const { client, session } = await startGrpc(t);
  const worker = new RawWorker(client);
  worker.hello({ workerId: "me" });
  const seen = await session();
  await seen.until(({ frames }) => frames.length === 1);
  assert.equal(seen.frames[0]?.type, "hello");
  assert.equal(seen.link.send({ type: "ping" }), true);
  await worker.next("ping");
  worker.say({ $case: "drain", value: {} });
  await seen.until(({ frames }) => frames.at(-1)?.type === "drain");

  seen.link.end();
  assert.equal((await worker.ended).code, status.OK);
  await seen.until(({ closes }) => closes === 1);
});

describe("a broken hello ends its stream", () => {
  test("with INVALID_ARGUMENT, the reason and the field", async (t) => {
    const { client, session } = await startGrpc(t);
    const worker = new RawWorker(client);
    worker.hello({ instance: Buffer.from("short") });
    const ended = await worker.ended;
    assert.equal(ended.code, status.INVALID_ARGUMENT);
    assert.match(ended.details, /hello\.instance: must be 16 bytes; got 5/);
    assert.deepEqual(detailsOf(ended), { reason: "BAD_FIELD", fields: ["hello.instance"] });
    const seen = await session();
    await seen.until(({ closes }) => closes === 1);
    assert.deepEqual(seen.frames, []);
  });
});

describe("what does not end a stream", () => {
  test("results with tokens that can't be are stale, and the others reach the session", async (t) => {
    const { client, session } = await startGrpc(t);
    const worker = new RawWorker(client);
    worker.hello();
    const token = randomBytes(16);
    const results = [
      released(Buffer.from("abc")),
      released(token),
      released(Buffer.alloc(0)),
      released(randomBytes(100)),
    ];
    worker.say({ $case: "results", value: { results } });
    const { receipts } = await worker.next("receipts");
    assert.deepEqual(
      receipts.map((receipt) => [receipt.token.length, receipt.state]),
      [
        [3, ReceiptState.STALE],
        [0, ReceiptState.STALE],
        [64, ReceiptState.STALE],
      ],
    );
    const seen = await session();
    const [, second] = seen.frames;
    assert.deepEqual(second?.type === "results" && second.results.map((result) => result.token), [
      token.toString("hex"),
    ]);
  });

  test("before hello nothing is answered", async (t) => {
    const { client, session } = await startGrpc(t);
    const worker = new RawWorker(client);
    worker.say({ $case: "results", value: { results: [released(Buffer.from("abc"))] } });
    worker.say({ frame: undefined } as never);
    const seen = await session();
    seen.link.end();
    await worker.ended;
    assert.deepEqual(worker.frames, []);
    assert.equal(
      seen.frames.some(({ type }) => type === "ping"),
      false,
    );
  });

  test("a frame that the server does not know is a sign of life", async (t) => {
    const { client, session } = await startGrpc(t);
    const worker = new RawWorker(client);
    worker.hello();
    worker.stream.write({ frame: undefined, _unknownFields: { 122: [Buffer.from([0])] } });
    const seen = await session();
    await seen.until(({ frames }) => frames.length === 2);
    assert.deepEqual(seen.frames[1], { type: "ping" });
  });

  test("a wrong capacity is logged, and counts as a sign of life", async (t) => {
    const log = new LogRecord();
    const { client, session } = await startGrpc(t, { log });
    const worker = new RawWorker(client);
    worker.hello();
    worker.say({ $case: "capacity", value: { maxTasks: 10_001, kinds: [] } });
    const seen = await session();
    await seen.until(({ frames }) => frames.length === 2);
    assert.deepEqual(seen.frames[1], { type: "ping" });
    assert.deepEqual(
      log.lines.map(({ level, message }) => [level, message]),
      [["warn", "capacity frame refused"]],
    );
  });
});

test("a message over 4 MiB is RESOURCE_EXHAUSTED, and harms no other stream", async (t) => {
  const { client, session } = await startGrpc(t);
  const other = new RawWorker(client);
  other.hello();
  const seen = await session();
  const worker = new RawWorker(client);
  const payload = Buffer.alloc(4 * 1_048_576);
  const outcome = {
    $case: "success",
    value: { result: payload, payload: undefined, nextTime: undefined, lastRun: false },
  };
  worker.say({ $case: "results", value: { results: [{ slug: "a", token: randomBytes(16), outcome } as Result] } });
  assert.equal((await worker.ended).code, status.RESOURCE_EXHAUSTED);
  assert.equal((await session()).frames.length, 0);
  other.say(PING);
  await seen.until(({ frames }) => frames.length === 2);
});

test("bytes that are no message are INVALID_ARGUMENT", async (t) => {
  const { client } = await startGrpc(t);
  const raw = client.makeBidiStreamRequest(
    "/tickwire.v1.Scheduler/Work",
    (bytes: Buffer) => bytes,
    (bytes: Buffer) => bytes,
  );
  raw.on("error", () => {});
  raw.write(Buffer.from([0x0a, 0x05, 0x01]));
  raw.resume();
  const ended = await new Promise<{ code: number }>((resolve) => raw.once("status", resolve));
  assert.equal(ended.code, status.INVALID_ARGUMENT);
  assert.equal(detailsOf(ended as never).reason, "MALFORMED");
});

test("an error in a session is INTERNAL with an id that the log has, and ends its stream alone", async (t) => {
  const log = new LogRecord();
  const { client, session } = await startGrpc(t, {
    log,
    onFrame: ({ type }) => {
      if (type === "drain") throw new Error("a secret");
    },
  });
  const other = new RawWorker(client);
  other.hello();
  const seen = await session();
  const worker = new RawWorker(client);
  worker.hello();
  worker.say({ $case: "drain", value: {} });
  const ended = await worker.ended;
  assert.equal(ended.code, status.INTERNAL);
  assert.doesNotMatch(ended.details, /secret/);
  const [line] = log.lines;
  assert.equal(line?.level, "error");
  assert.ok(ended.details.includes(String(line?.facts.errorId)));
  await (await session()).until(({ closes }) => closes === 1);
  other.say(PING);
  await seen.until(({ frames }) => frames.length === 2);
});

test("dispatch that fails to connect is INTERNAL", async (t) => {
  const { client } = await startGrpc(t, {
    connect: () => {
      throw new Error("no");
    },
  });
  assert.equal((await new RawWorker(client).ended).code, status.INTERNAL);
});

describe("the end of a stream", () => {
  test("by the session, with an error: status, reason, and nothing written or heard after it", async (t) => {
    const { client, session } = await startGrpc(t);
    const worker = new RawWorker(client);
    worker.hello();
    const seen = await session();
    await seen.until(({ frames }) => frames.length === 1);
    seen.link.send({ type: "ping" });
    seen.link.end(new TickwireError("STREAM_REPLACED", "a newer stream of this instance is here"));
    assert.equal(seen.link.send({ type: "ping" }), false);
    seen.link.end();
    worker.say({ $case: "drain", value: {} });
    const ended = await worker.ended;
    assert.equal(ended.code, status.ABORTED);
    assert.equal(detailsOf(ended).reason, "STREAM_REPLACED");
    await seen.until(({ closes }) => closes === 1);
    assert.deepEqual(
      worker.frames.map(({ $case }) => $case),
      ["ping"],
    );
    assert.deepEqual(
      seen.frames.map(({ type }) => type),
      ["hello"],
    );
  });

  for (const [how, leave] of [
    ["half-closes", (worker: RawWorker) => worker.stream.end()],
    ["cancels", (worker: RawWorker) => worker.stream.cancel()],
  ] as const) {
    test(`by a worker that ${how}: closed, once`, async (t) => {
      const { client, session } = await startGrpc(t);
      const worker = new RawWorker(client);
      worker.hello();
      const seen = await session();
      await seen.until(({ frames }) => frames.length === 1);
      leave(worker);
      await worker.ended;
      await seen.until(({ closes }) => closes === 1);
      assert.equal(seen.link.send({ type: "ping" }), false);
      // A turn of the loop: nothing may close it again.
      await new Promise(setImmediate);
      assert.equal(seen.closes, 1);
    });
  }
});

describe("a worker that does not read", () => {
  const task = (bytes: number) => ({
    slug: "a",
    jobUid: "",
    kind: "mail",
    token: randomBytes(16).toString("hex"),
    runId: "",
    occurrenceId: "",
    payload: Buffer.alloc(bytes),
    contentType: "",
    labels: {},
    scheduledAt: new Date(0),
    attempt: 1,
    maxAttempts: 1,
    fence: 1,
    timeoutMs: 1,
    previousError: "",
    previousCheckpoint: undefined,
    traceContext: {},
  });

  const deaf = async (t: TestContext) => {
    const { address, session } = await startGrpc(t);
    const worker = new DeafWorker(address);
    t.after(() => worker.close());
    await worker.say({ $case: "hello", value: hello() });
    const seen = await session();
    await seen.until(({ frames }) => frames.length === 1);
    return { worker, seen };
  };

  test("is full after 4 MiB, and has room once it reads", async (t) => {
    const { worker, seen } = await deaf(t);
    let sent = 1;
    while (seen.link.send({ type: "tasks", tasks: [task(1_000_000)] })) sent++;
    assert.equal(sent, 5);
    assert.equal(seen.link.send({ type: "ping" }), false);
    assert.equal(seen.drains, 0);
    worker.listen();
    await seen.until(({ drains }) => drains === 1);
    assert.equal(seen.link.send({ type: "ping" }), true);
  });

  test("is not heard either, once what it asks for piles up", async (t) => {
    const { worker, seen } = await deaf(t);
    // Each frame asks for a receipt of the same size.
    const results = Array.from({ length: 15_000 }, () => released(randomBytes(60)));
    let taken = 0;
    const flood = (async () => {
      for (; taken < 60; taken++) await worker.say({ $case: "results", value: { results } });
    })();
    const held = await Promise.race([
      flood.then(() => "all taken"),
      new Promise<string>((resolve) => setTimeout(resolve, 1_500, "held back")),
    ]);
    assert.equal(held, "held back");
    assert.ok(seen.frames.length < 20, `${seen.frames.length} frames were heard`);
    worker.listen();
    await flood;
    await seen.until(({ frames }) => frames.length === 61);
  });

  test("does not keep its stream behind an end that it never reads", { timeout: 20_000 }, async (t) => {
    const { worker, seen } = await deaf(t);
    while (seen.link.send({ type: "tasks", tasks: [task(1_000_000)] }));
    const started = performance.now();
    seen.link.end(new TickwireError("WORKER_SILENT", "three pings late"));
    await seen.until(({ closes }) => closes === 1);
    // Not by itself: the limit has ended it.
    assert.ok(performance.now() - started > 4_000);
    assert.equal(await worker.reset(), constants.NGHTTP2_CANCEL);
  });
});
