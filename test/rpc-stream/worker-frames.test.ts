import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import fc from "fast-check";
import { TickwireError } from "../../src/core/errors.js";
import { Kind } from "../../src/rpc/gen/tickwire/v1/kind.js";
import { type Hello, type Result, WorkRequest, WorkResponse } from "../../src/rpc/gen/tickwire/v1/worker.js";
import { readWorkerFrame } from "../../src/rpc/read-worker-frame.js";
import { writeServerFrame } from "../../src/rpc/write-server-frame.js";
import { hello } from "./raw-worker.js";

const TOKEN = Buffer.from("00112233445566778899aabbccddeeff", "hex");
const HEX = TOKEN.toString("hex");

function bytesOf(frame: WorkRequest["frame"]): Buffer {
  return Buffer.from(WorkRequest.encode({ frame }).finish());
}

function refusalOf(parts: Partial<Hello>): TickwireError {
  try {
    readWorkerFrame(bytesOf({ $case: "hello", value: hello(parts) }));
  } catch (error) {
    if (error instanceof TickwireError) return error;
    throw error;
  }
  assert.fail("the hello was taken");
}

describe("a hello", () => {
  test("comes through whole", () => {
    const instance = randomBytes(16);
    const value = hello({
      instance,
      stream: 7n,
      capacity: {
        maxTasks: 0,
        kinds: [
          { kind: "mail", maxTasks: 0 },
          { kind: "sms", maxTasks: undefined },
        ],
      },
      held: [{ slug: "a/b", token: TOKEN, elapsed: { seconds: 1n, nanos: 500_000_000 }, finished: true }],
    });
    const { frame } = readWorkerFrame(bytesOf({ $case: "hello", value }));
    assert.deepEqual(frame, {
      type: "hello",
      hello: {
        workerId: "w1",
        client: "raw/1",
        info: { host: "h1" },
        capacity: {
          maxTasks: 0,
          kinds: new Map([
            ["mail", 0],
            ["sms", undefined],
          ]),
        },
        define: [],
        held: [{ slug: "a/b", token: HEX, elapsedMs: 1_500, finished: true }],
        protocolRevision: 1,
        instance: instance.toString("hex"),
        stream: 7,
      },
    });
  });

  test("may leave out its capacity: it has no places then", () => {
    const { frame } = readWorkerFrame(bytesOf({ $case: "hello", value: hello({ capacity: undefined }) }));
    assert.ok(frame?.type === "hello");
    assert.deepEqual(frame.hello.capacity, { maxTasks: 0, kinds: new Map() });
  });

  const kind = (name: string, maxTasks?: number) => ({ kind: name, maxTasks });
  const held = (slug: string, token: Buffer) => ({ slug, token, elapsed: undefined, finished: false });
  const wrong: [string, Partial<Hello>, string[]][] = [
    ["a worker id of 101 bytes", { workerId: "w".repeat(101) }, ["hello.worker_id"]],
    ["a worker id with NUL", { workerId: "w\0" }, ["hello.worker_id"]],
    ["a client of 101 bytes", { client: "c".repeat(101) }, ["hello.client"]],
    ["17 pairs of info", { info: new Map(Array.from({ length: 17 }, (_, i) => [`k${i}`, ""])) }, ["hello.info"]],
    ["an info key with spaces", { info: new Map([["a b", ""]]) }, ["hello.info"]],
    ["-1 places", { capacity: { maxTasks: -1, kinds: [] } }, ["hello.capacity.max_tasks"]],
    ["10,001 places", { capacity: { maxTasks: 10_001, kinds: [] } }, ["hello.capacity.max_tasks"]],
    ["a kind that is no name", { capacity: { maxTasks: 1, kinds: [kind("a b")] } }, ["hello.capacity.kinds[0].kind"]],
    [
      "a kind named twice",
      { capacity: { maxTasks: 1, kinds: [kind("a"), kind("a")] } },
      ["hello.capacity.kinds[1].kind"],
    ],
    [
      "-1 places for a kind",
      { capacity: { maxTasks: 1, kinds: [kind("a", -1)] } },
      ["hello.capacity.kinds[0].max_tasks"],
    ],
    [
      "1,001 kinds",
      { capacity: { maxTasks: 1, kinds: Array.from({ length: 1_001 }, (_, i) => kind(`k${i}`)) } },
      ["hello.capacity.kinds"],
    ],
    ["revision 0", { protocolRevision: 0 }, ["hello.protocol_revision"]],
    ["an instance of 15 bytes", { instance: randomBytes(15) }, ["hello.instance"]],
    ["no instance", { instance: Buffer.alloc(0) }, ["hello.instance"]],
    ["stream 0", { stream: 0n }, ["hello.stream"]],
    ["stream -1", { stream: -1n }, ["hello.stream"]],
    ["stream 2^62", { stream: 2n ** 62n }, ["hello.stream"]],
    ["a held token of 3 bytes", { held: [held("a", Buffer.from("abc"))] }, ["hello.held[0].token"]],
    ["a held slug that is none", { held: [held("", TOKEN)] }, ["hello.held[0].slug"]],
    ["a token held twice", { held: [held("a", TOKEN), held("b", TOKEN)] }, ["hello.held[1].token"]],
    [
      "a negative span",
      { held: [{ ...held("a", TOKEN), elapsed: { seconds: -1n, nanos: 0 } }] },
      ["hello.held[0].elapsed"],
    ],
    ["10,001 held tasks", { held: Array.from({ length: 10_001 }, () => held("a", randomBytes(16))) }, ["hello.held"]],
    ["two faults at once", { protocolRevision: -1, stream: 0n }, ["hello.protocol_revision", "hello.stream"]],
  ];
  for (const [name, parts, fields] of wrong) {
    test(`with ${name} is refused, naming it`, () => {
      const error = refusalOf(parts);
      assert.equal(error.reason, "BAD_FIELD");
      assert.deepEqual(
        error.violations.map(({ field }) => field),
        fields,
      );
    });
  }

  test("may define kinds, each once, as RegisterKind takes them; a trigger that has ended keeps no worker away", () => {
    const trigger = {
      schedule: { $case: "cron", value: { expression: "0 0 * * *" } },
      endTime: { seconds: 86_401n },
    } as const;
    const define = [
      Kind.create({ name: "mail", trigger, maxRunning: 3, etag: "ignored" }),
      Kind.create({ name: "sms" }),
    ];
    const { frame } = readWorkerFrame(bytesOf({ $case: "hello", value: hello({ define }) }));
    assert.ok(frame?.type === "hello");
    const cron = { type: "cron", expression: "0 0 * * *", timeZone: "UTC", dialect: "unix" } as const;
    const plain = { description: "", policy: {}, maxRunning: 0 };
    assert.deepEqual(frame.hello.define, [
      { ...plain, name: "mail", maxRunning: 3, trigger: { ...cron, endTime: new Date(86_401_000) } },
      { ...plain, name: "sms" },
    ]);
    const twice = refusalOf({ define: [Kind.create({ name: "mail" }), Kind.create({ name: "mail" })] });
    assert.deepEqual(
      twice.violations.map(({ field }) => field),
      ["hello.define[1].name"],
    );
    const many = Array.from({ length: 1_001 }, (_, n) => Kind.create({ name: `k${n}` }));
    assert.deepEqual(
      refusalOf({ define: many }).violations.map(({ field }) => field),
      ["hello.define"],
    );
  });

  test("takes 10,000 held tasks with the longest slugs, in one message", () => {
    const slug = "s".repeat(200);
    const tasks = Array.from({ length: 10_000 }, () => ({
      slug,
      token: randomBytes(16),
      elapsed: { seconds: 86_400n, nanos: 999_999_999 },
      finished: true,
    }));
    const bytes = bytesOf({ $case: "hello", value: hello({ held: tasks }) });
    assert.ok(bytes.length < 4 * 1_048_576);
    const { frame } = readWorkerFrame(bytes);
    assert.equal(frame?.type === "hello" && frame.hello.held.length, 10_000);
  });
});

describe("a result", () => {
  const outcomeOf = (outcome: Result["outcome"]) => {
    const read = readWorkerFrame(
      bytesOf({ $case: "results", value: { results: [{ slug: "a", token: TOKEN, outcome }] } }),
    );
    assert.ok(read.frame?.type === "results");
    assert.equal(read.frame.results[0]?.token, HEX);
    return read.frame.results[0]?.outcome;
  };
  const success = { result: Buffer.alloc(0), payload: undefined, nextTime: undefined, lastRun: false };

  test("keeps every outcome's facts", () => {
    assert.deepEqual(outcomeOf({ $case: "success", value: { ...success, result: Buffer.from("r") } }), {
      type: "success",
      result: Buffer.from("r"),
    });
    const full = { ...success, payload: Buffer.alloc(0), nextTime: { seconds: 2n, nanos: 0 }, lastRun: true };
    assert.deepEqual(outcomeOf({ $case: "success", value: full }), {
      type: "success",
      result: Buffer.alloc(0),
      payload: Buffer.alloc(0),
      nextTime: new Date(2_000),
      lastRun: true,
    });
    const failure = { error: "no", permanent: true, retryAfter: { seconds: 0n, nanos: 1 } };
    assert.deepEqual(outcomeOf({ $case: "failure", value: failure }), {
      type: "failure",
      error: "no",
      permanent: true,
      retryAfterMs: 1,
    });
    assert.deepEqual(outcomeOf({ $case: "released", value: {} }), { type: "released" });
    assert.deepEqual(outcomeOf({ $case: "cancelled", value: {} }), { type: "cancelled" });
    const delay = { seconds: 60n, nanos: 0 };
    assert.deepEqual(outcomeOf({ $case: "snoozed", value: { delay } }), { type: "snoozed", delayMs: 60_000 });
  });

  test("a snooze of less than a second is one second", () => {
    assert.deepEqual(outcomeOf({ $case: "snoozed", value: { delay: undefined } }), { type: "snoozed", delayMs: 1_000 });
  });

  test("NUL characters of an error are made visible, and it is cut at 8 KiB", () => {
    const failure = (error: string) =>
      ({ $case: "failure", value: { error, permanent: false, retryAfter: undefined } }) as const;
    assert.deepEqual(outcomeOf(failure("a\0b")), { type: "failure", error: "a\u2400b" });
    const long = outcomeOf(failure("é".repeat(5_000)));
    assert.equal(long?.type === "failure" && Buffer.byteLength(long.error), 8_192);
  });

  const unacceptable: [string, Result["outcome"], RegExp][] = [
    ["no outcome", undefined, /no outcome/],
    [
      "a next time in the year 99999",
      { $case: "success", value: { ...success, nextTime: { seconds: 3_093_527_980_800n, nanos: 0 } } },
      /^success\.next_time: /,
    ],
    [
      "a next time with negative nanos",
      { $case: "success", value: { ...success, nextTime: { seconds: 1n, nanos: -1 } } },
      /^success\.next_time: /,
    ],
    [
      "a payload over 1 MiB",
      { $case: "success", value: { ...success, payload: Buffer.alloc(1_048_577) } },
      /^success\.payload: /,
    ],
    [
      "a negative wait",
      { $case: "failure", value: { error: "", permanent: false, retryAfter: { seconds: -1n, nanos: 0 } } },
      /^failure\.retry_after: /,
    ],
    [
      "a wait of 200 years",
      { $case: "failure", value: { error: "", permanent: false, retryAfter: { seconds: 6_311_390_400n, nanos: 0 } } },
      /^failure\.retry_after: /,
    ],
    ["a negative snooze", { $case: "snoozed", value: { delay: { seconds: -5n, nanos: 0 } } }, /^snoozed\.delay: /],
    [
      "a snooze of 200 years",
      { $case: "snoozed", value: { delay: { seconds: 6_311_390_400n, nanos: 0 } } },
      /^snoozed\.delay: /,
    ],
  ];
  for (const [name, outcome, reason] of unacceptable) {
    test(`with ${name} can't be accepted, and says why`, () => {
      const read = outcomeOf(outcome);
      assert.ok(read?.type === "unacceptable");
      assert.match(read.reason, reason);
    });
  }

  test("for what can't be a task is set apart", () => {
    const ok: Result = { slug: "a", token: TOKEN, outcome: { $case: "released", value: {} } };
    const short = { ...ok, token: Buffer.from("abc") };
    const nul = { ...ok, slug: "a\0" };
    const long = { ...ok, slug: "a".repeat(100_000) };
    const read = readWorkerFrame(bytesOf({ $case: "results", value: { results: [short, ok, nul, long] } }));
    assert.equal(read.frame?.type === "results" && read.frame.results.length, 1);
    assert.deepEqual(read.strays, [short.token, TOKEN, TOKEN]);
  });
});

test("progress keeps what is in range, and drops the rest", () => {
  const of = (parts: object) => ({ slug: "a", token: TOKEN, ...parts }) as never;
  const reports = [
    of({ progress: 0.5, note: "n".repeat(300), checkpoint: Buffer.from("c") }),
    of({ progress: Number.NaN }),
    of({ progress: 2, note: "x" }),
    of({ checkpoint: Buffer.alloc(65_537) }),
    of({ token: Buffer.from("abc"), progress: 1 }),
  ];
  const { frame } = readWorkerFrame(bytesOf({ $case: "progress", value: { reports } }));
  assert.deepEqual(frame, {
    type: "progress",
    reports: [
      { slug: "a", token: HEX, fraction: 0.5, note: "n".repeat(200), checkpoint: Buffer.from("c") },
      { slug: "a", token: HEX, note: "x" },
    ],
  });
});

test("a wrong capacity is refused without an end", () => {
  const read = readWorkerFrame(bytesOf({ $case: "capacity", value: { maxTasks: -1, kinds: [] } }));
  assert.equal(read.frame, undefined);
  assert.deepEqual(
    read.refused?.violations.map(({ field }) => field),
    ["capacity.max_tasks"],
  );
});

test("a frame that is not known is none, and bytes that are no message are MALFORMED", () => {
  // Field 15, an empty message.
  assert.equal(readWorkerFrame(Buffer.from([0x7a, 0x00])).frame, undefined);
  assert.throws(() => readWorkerFrame(Buffer.from([0x0a, 0x05, 0x01])), { reason: "MALFORMED" });
});

test("a message of millions of empty items is refused before they are made", () => {
  const items = Buffer.alloc(3_000_000);
  for (let at = 0; at < items.length; at += 2) items[at] = 0x0a;
  const length = Buffer.from([0xc0, 0x8d, 0xb7, 0x01]);
  const before = process.memoryUsage().heapUsed;
  assert.throws(() => readWorkerFrame(Buffer.concat([Buffer.from([0x12]), length, items])), { reason: "TOO_LARGE" });
  assert.ok(process.memoryUsage().heapUsed - before < 200 * 1_048_576);
});

test("every server frame comes out as the worker reads it", () => {
  const read = (frame: Parameters<typeof writeServerFrame>[0]) => WorkResponse.decode(writeServerFrame(frame)).frame;
  const welcome = read({
    type: "welcome",
    welcome: {
      workerId: "w1",
      serverId: "s1",
      pingIntervalMs: 3_000,
      reconnectGraceMs: 10_500,
      adopted: [{ slug: "a", token: HEX }],
      stale: [{ slug: "b", token: HEX }],
      conflictingKinds: ["mail"],
      protocolRevision: 1,
      serverTime: new Date(1_500),
    },
  });
  assert.ok(welcome?.$case === "welcome");
  assert.equal(welcome.value.pingInterval?.seconds, 3n);
  assert.equal(welcome.value.reconnectGrace?.nanos, 500_000_000);
  assert.deepEqual(welcome.value.adopted[0]?.token, TOKEN);
  assert.equal(welcome.value.stale[0]?.slug, "b");
  assert.deepEqual(welcome.value.conflictingKinds, ["mail"]);
  assert.equal(welcome.value.serverTime?.nanos, 500_000_000);

  const tasks = read({
    type: "tasks",
    tasks: [
      {
        slug: "a",
        jobUid: "u",
        kind: "mail",
        token: HEX,
        runId: "r",
        occurrenceId: "o",
        payload: new Uint8Array([1, 2]).subarray(1),
        contentType: "text/plain",
        labels: { env: "prod" },
        scheduledAt: new Date(2_000),
        attempt: 1,
        maxAttempts: 20,
        fence: Number.MAX_SAFE_INTEGER,
        timeoutMs: 1,
        previousError: "e",
        previousCheckpoint: undefined,
        traceContext: {},
      },
    ],
  });
  assert.ok(tasks?.$case === "tasks");
  const [task] = tasks.value.tasks;
  assert.deepEqual(task?.payload, Buffer.from([2]));
  assert.equal(task?.fence, BigInt(Number.MAX_SAFE_INTEGER));
  assert.deepEqual(task?.labels, new Map([["env", "prod"]]));
  assert.equal(task?.timeout?.nanos, 1_000_000);

  const receipts = read({ type: "receipts", receipts: [{ token: HEX, state: "rejected", message: "m" }] });
  assert.ok(receipts?.$case === "receipts");
  assert.deepEqual(
    { ...receipts.value.receipts[0], _unknownFields: 0 },
    { token: TOKEN, state: 3, message: "m", _unknownFields: 0 },
  );
  const cancelled = read({ type: "cancellations", cancellations: [{ slug: "a", token: HEX, reason: "job_deleted" }] });
  assert.ok(cancelled?.$case === "cancellations");
  assert.equal(cancelled.value.cancellations[0]?.reason, 4);
  const drain = read({ type: "drain", graceMs: 10_000, reconnectDelayMs: 2_000 });
  assert.ok(drain?.$case === "drain");
  assert.equal(drain.value.reconnectDelay?.seconds, 2n);
  assert.equal(read({ type: "ping" })?.$case, "ping");
});

test("tasks and receipts are written as the generated code writes them, byte by byte", () => {
  const text = fc.oneof(fc.string({ maxLength: 100 }), fc.string({ unit: "binary", maxLength: 300 }));
  const token = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString("hex"));
  const pairs = fc.dictionary(fc.string(), text, { maxKeys: 3, noNullPrototype: true });
  const task = fc.record({
    slug: text,
    jobUid: text,
    kind: text,
    token,
    runId: text,
    occurrenceId: text,
    payload: fc.uint8Array({ maxLength: 400 }),
    contentType: text,
    labels: pairs,
    scheduledAt: fc.date({ min: new Date(0), max: new Date(253_402_300_799_999), noInvalidDate: true }),
    attempt: fc.nat(),
    maxAttempts: fc.nat(),
    fence: fc.maxSafeNat(),
    timeoutMs: fc.maxSafeNat().map((ms) => ms % 315_576_000_000),
    previousError: text,
    previousCheckpoint: fc.option(fc.uint8Array(), { nil: undefined }),
    traceContext: pairs,
  });
  const state = fc.constantFrom("recorded", "stale", "rejected");
  const receipt = fc.record({ token, state, message: text });
  const ordered = (one: object) => Object.entries(one).sort();
  fc.assert(
    fc.property(fc.array(task, { maxLength: 40 }), fc.array(receipt), (tasks, receipts) => {
      for (const frame of [{ type: "tasks", tasks } as const, { type: "receipts", receipts } as const]) {
        const bytes = writeServerFrame(frame);
        const read = WorkResponse.decode(bytes);
        assert.deepEqual(bytes, Buffer.from(WorkResponse.encode(read).finish()));
        if (read.frame?.$case === "receipts") assert.equal(read.frame.value.receipts.length, receipts.length);
        if (read.frame?.$case !== "tasks") continue;
        assert.equal(read.frame.value.tasks.length, tasks.length);
        for (const [n, one] of read.frame.value.tasks.entries()) {
          const given = tasks[n];
          assert.ok(given);
          const { payload, labels, token: sent, scheduledTime, timeout, fence, traceContext, _unknownFields } = one;
          assert.deepEqual(_unknownFields, {});
          assert.deepEqual(payload, Buffer.from(given.payload));
          assert.deepEqual([...labels].sort(), ordered(given.labels));
          assert.deepEqual([...traceContext].sort(), ordered(given.traceContext));
          assert.equal(sent.toString("hex"), given.token);
          assert.equal(fence, BigInt(given.fence));
          assert.equal(msOf(scheduledTime), given.scheduledAt.getTime());
          assert.equal(msOf(timeout), given.timeoutMs);
          const { attempt, maxAttempts } = one;
          assert.deepEqual({ attempt, maxAttempts }, { attempt: given.attempt, maxAttempts: given.maxAttempts });
          for (const name of [
            "slug",
            "jobUid",
            "kind",
            "runId",
            "occurrenceId",
            "contentType",
            "previousError",
          ] as const)
            assert.equal(one[name], Buffer.from(given[name]).toString());
          assert.deepEqual(one.previousCheckpoint, Buffer.from(given.previousCheckpoint ?? []));
        }
      }
    }),
  );
});

function msOf(time: { readonly seconds: bigint; readonly nanos: number } | undefined): number {
  return Number(time?.seconds) * 1_000 + Number(time?.nanos) / 1_000_000;
}
