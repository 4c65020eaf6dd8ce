import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { complete, type Handler, PermanentError, RetryAfterError, release, snooze } from "@tickwire/client";
import type { workerProto } from "@tickwire/client/internal";
import { stage, task } from "./fake-transport.js";

type Outcome = NonNullable<workerProto.Result["outcome"]>;

/** What the server is told about a task that this handler ran. */
async function outcomeOf(handler: Handler, of = task("a")): Promise<Outcome> {
  const { engine, connect, clock } = stage(handler);
  engine.start();
  const stream = await connect();
  stream.tasks(of);
  await clock.settle();
  const { results } = stream.take("results");
  assert.equal(results.length, 1);
  assert.equal(results[0]?.slug, "a");
  return results[0]?.outcome ?? assert.fail("no outcome");
}

async function success(handler: Handler): Promise<workerProto.Success> {
  const outcome = await outcomeOf(handler);
  assert.ok(outcome.$case === "success", outcome.$case);
  return outcome.value;
}

async function failed(handler: Handler): Promise<workerProto.Failure> {
  const outcome = await outcomeOf(handler);
  assert.ok(outcome.$case === "failure", outcome.$case);
  return outcome.value;
}

describe("what a handler returns", () => {
  for (const [what, answer, bytes] of [
    ["nothing", undefined, ""],
    ["a string", "grüße", "grüße"],
    ["bytes", Uint8Array.of(104, 105), "hi"],
    ["an object", { a: [1, null] }, '{"a":[1,null]}'],
    ["a number", 7, "7"],
    ["null", null, "null"],
    ["false", false, "false"],
  ] as const) {
    test(`${what} is its result`, async () => {
      assert.equal((await success(() => answer)).result.toString(), bytes);
      assert.equal((await success(async () => answer)).result.toString(), bytes);
    });
  }

  test("is a failure where it has no JSON", async () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    assert.match((await failed(() => circle)).error, /result can't be sent.*circular/);
    assert.match((await failed(() => 1n as never)).error, /BigInt/);
    assert.match((await failed((() => () => 1) as never)).error, /has no JSON/);
  });

  test("is cut just past what the server keeps, so that the server notes the cut", async () => {
    assert.equal((await success(() => "x".repeat(5_000_000))).result.length, 64 * 1024 + 1);
  });

  test("may say more: complete", async () => {
    const nextTime = new Date(1_700_000_000_123);
    const value = await success(() => complete({ result: "r", payload: { n: 2 }, nextTime, lastRun: true }));
    assert.equal(value.result.toString(), "r");
    assert.equal(value.payload?.toString(), '{"n":2}');
    assert.equal(value.nextTime?.seconds, 1_700_000_000n);
    assert.equal(value.nextTime?.nanos, 123_000_000);
    assert.equal(value.lastRun, true);
    const plain = await success(() => complete());
    assert.deepEqual(
      [plain.result.length, plain.payload, plain.nextTime, plain.lastRun],
      [0, undefined, undefined, false],
    );
  });

  test("a new payload that no message takes is a failure that says so", async () => {
    assert.match(
      (await failed(() => complete({ payload: "x".repeat(4_300_000) }))).error,
      /new payload has 4300000 bytes/,
    );
    const big = await success(() => complete({ payload: "x".repeat(3_000_000) }));
    assert.equal(big.payload?.length, 3_000_000);
  });

  test("may put it off: snooze, at least a second", async () => {
    for (const [ms, seconds, nanos] of [
      [90_500, 90n, 500_000_000],
      [3, 1n, 0],
    ] as const) {
      const outcome = await outcomeOf(() => snooze(ms));
      assert.ok(outcome.$case === "snoozed");
      assert.deepEqual([outcome.value.delay?.seconds, outcome.value.delay?.nanos], [seconds, nanos]);
    }
    assert.match((await failed(() => snooze(-1))).error, /not -1/);
    assert.match((await failed(() => snooze(1e300))).error, /10,000 years/);
  });

  test("may hand it back: release", async () => {
    assert.equal((await outcomeOf(async () => release())).$case, "released");
  });
});

describe("what a handler throws", () => {
  test("is a failure, with the messages of its causes", async () => {
    const error = () => new Error("can't send", { cause: new TypeError("no address", { cause: "bad row" }) });
    for (const handler of [
      () => {
        throw error();
      },
      async () => {
        throw error();
      },
    ]) {
      const { error: told, permanent, retryAfter } = await failed(handler);
      assert.deepEqual([told, permanent, retryAfter], ["can't send: TypeError: no address: bad row", false, undefined]);
    }
  });

  test("that is no error is told as text", async () => {
    const thrower = (value: unknown) => () => Promise.reject(value);
    assert.equal((await failed(thrower("oh"))).error, "oh");
    assert.equal((await failed(thrower(Object.create(null)))).error, "a thrown object");
  });

  test("is cut at 8 KiB, between characters", async () => {
    const { error } = await failed(() => Promise.reject(new Error("ü".repeat(10_000))));
    assert.ok(Buffer.byteLength(error) <= 8192 && Buffer.byteLength(error) > 8180);
    assert.match(error, /^ü+…$/);
  });

  test("PermanentError is not retried", async () => {
    const { permanent, error } = await failed(() => Promise.reject(new PermanentError("gone")));
    assert.deepEqual([permanent, error], [true, "gone"]);
  });

  test("RetryAfterError names its wait", async () => {
    const { permanent, retryAfter } = await failed(() => Promise.reject(new RetryAfterError("busy", 1500)));
    assert.deepEqual([permanent, retryAfter?.seconds, retryAfter?.nanos], [false, 1n, 500_000_000]);
    assert.throws(() => new RetryAfterError("busy", Number.NaN), RangeError);
  });
});

describe("a handler", () => {
  test("sees its task", async () => {
    const of = task("a", {
      jobUid: "u",
      runId: "r",
      occurrenceId: "a@1",
      payload: Buffer.from('{"x":1}'),
      contentType: "application/json",
      labels: new Map([["l", "v"]]),
      scheduledTime: { seconds: 5n, nanos: 1_000_000 },
      attempt: 2,
      maxAttempts: 3,
      fence: 77n,
      timeout: { seconds: 2n, nanos: 500_000_000 },
      previousError: "before",
      previousCheckpoint: Buffer.from("page 3"),
      traceContext: new Map([["traceparent", "00-1"]]),
    });
    const outcome = await outcomeOf((seen) => {
      assert.deepEqual([seen.slug, seen.kind, seen.jobUid, seen.runId, seen.occurrenceId], ["a", "k", "u", "r", "a@1"]);
      assert.deepEqual(
        [seen.text(), seen.json<{ x: number }>().x, seen.contentType],
        ['{"x":1}', 1, "application/json"],
      );
      assert.deepEqual([seen.labels, seen.traceContext], [{ l: "v" }, { traceparent: "00-1" }]);
      assert.deepEqual([seen.attempt, seen.maxAttempts, seen.fence, seen.timeoutMs], [2, 3, 77, 2500]);
      assert.equal(seen.scheduledTime.getTime(), 5001);
      assert.equal(seen.previousError, "before");
      assert.equal(Buffer.from(seen.previousCheckpoint ?? []).toString(), "page 3");
    }, of);
    assert.equal(outcome.$case, "success", JSON.stringify(outcome.value));
  });

  test("that is missing for the kind hands the task back", async () => {
    assert.equal((await outcomeOf(() => assert.fail(), task("a", { kind: "other" }))).$case, "released");
  });
});

describe("progress", () => {
  test("is sent at once, then at most once a second, the newest of each field", async () => {
    let report: Parameters<Handler>[1] | undefined;
    const { engine, connect, clock } = stage((_, context) => {
      report = context;
      return new Promise(() => {});
    });
    engine.start();
    const stream = await connect();
    stream.tasks(task("a"));
    await clock.settle();
    report?.progress(0.1, "begun");
    await clock.turn(0);
    const [first] = stream.take("progress").reports;
    assert.deepEqual([first?.slug, first?.progress, first?.note, first?.checkpoint], ["a", 0.1, "begun", undefined]);
    report?.progress(0.2);
    report?.checkpoint("row 5");
    report?.progress(7);
    await clock.turn(999);
    assert.deepEqual(stream.frames, []);
    await clock.turn(1);
    const [second] = stream.take("progress").reports;
    assert.deepEqual([second?.progress, second?.note, second?.checkpoint?.toString()], [1, undefined, "row 5"]);
    assert.throws(() => report?.progress(Number.NaN), RangeError);
    assert.throws(() => report?.checkpoint(Buffer.alloc(65_537)), /65536 bytes, not 65537/);
    report?.progress(undefined, "ö".repeat(200));
    await clock.turn(1000);
    assert.ok(Buffer.byteLength(stream.take("progress").reports[0]?.note ?? "") <= 200);
  });

  test("goes before the failure that it is for, and is dropped before a success", async () => {
    for (const fail of [true, false]) {
      const { engine, connect, clock } = stage((task, { checkpoint }) => {
        checkpoint(`at ${task.slug}`);
        if (fail) throw new Error("no");
      });
      engine.start();
      const stream = await connect();
      stream.tasks(task("a"));
      await clock.turn(5000);
      if (fail) assert.equal(stream.take("progress").reports[0]?.checkpoint?.toString(), "at a");
      stream.take("results");
      assert.ok(stream.frames.every(({ $case }) => $case === "ping"));
    }
  });

  test("keeps its pace while results go out, but for what a failure needs", async () => {
    let first: Parameters<Handler>[1] | undefined;
    const { engine, connect, clock, ends } = stage((task, context) => {
      if (task.slug === "fails") {
        context.checkpoint("at 7");
        throw new Error("no");
      }
      if (task.slug !== "runs") return;
      first = context;
      context.progress(0.1);
      return new Promise(() => {});
    });
    engine.start();
    const stream = await connect();
    stream.tasks(task("runs"));
    await clock.turn(0);
    stream.take("progress");
    first?.progress(0.2);
    stream.tasks(task("ends"), task("fails"));
    await clock.settle();
    const { reports } = stream.take("progress");
    assert.deepEqual(
      reports.map(({ slug, checkpoint }) => [slug, checkpoint?.toString()]),
      [["fails", "at 7"]],
    );
    assert.equal(stream.take("results").results.length, 2);
    assert.deepEqual(stream.frames, []);
    engine.stop(0);
    await clock.turn(3000);
    assert.deepEqual([ends, clock.waiting], [["ended"], 0]);
  });

  test("that nobody will read keeps no stopped worker alive", async () => {
    const { engine, connect, clock, ends } = stage((_, { progress }) => progress(0.5));
    engine.start();
    const stream = await connect();
    stream.tasks(task("a"));
    await clock.settle();
    stream.receipt("a");
    engine.stop(0);
    assert.deepEqual([ends, clock.waiting], [["ended"], 0]);
  });

  test("after the end says nothing", async () => {
    let late: Parameters<Handler>[1] | undefined;
    const { engine, connect, clock } = stage((_, context) => {
      late = context;
    });
    engine.start();
    const stream = await connect();
    stream.tasks(task("a"));
    await clock.settle();
    stream.take("results");
    late?.progress(0.5);
    await clock.turn(2000);
    assert.deepEqual(stream.frames, []);
  });
});
