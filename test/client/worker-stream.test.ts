import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TaskAborted, TickwireError } from "@tickwire/client";
import { drainDelayMs, inFrames, reconnectDelayMs, tryTimeoutMs, workerProto } from "@tickwire/client/internal";
import { type FakeStream, gates, stage, task } from "./fake-transport.js";

const { CancelReason, ReceiptState } = workerProto;
const unavailable = () => new TickwireError("UNAVAILABLE", "UNAVAILABLE", "broken");
const slugsOf = (stream: FakeStream) => stream.take("results").results.map(({ slug }) => slug);
const whyOf = (signal: AbortSignal | undefined) =>
  signal?.reason instanceof TaskAborted ? signal.reason.why : undefined;

describe("a reconnect", () => {
  test("names what is held, with its age and whether it ended, by a stream number that grows", async () => {
    const { handler, open } = gates();
    const { engine, connect, clock, stream, hello } = stage(handler);
    engine.start();
    const first = await connect();
    first.tasks(task("a"), task("b"));
    await clock.turn(1000);
    open("b", "done");
    await clock.settle();
    assert.deepEqual(slugsOf(first), ["b"]);
    first.events.closed(unavailable());
    await clock.turn(2000);
    const { held, stream: number, instance } = await hello();
    assert.deepEqual(
      held.map(({ slug, finished, elapsed }) => [slug, finished, elapsed?.seconds]),
      [
        ["a", false, 3n],
        ["b", true, 3n],
      ],
    );
    assert.deepEqual([number, instance], [2n, Buffer.alloc(16, 7)]);
    assert.equal(stream().closed, false);
  });

  test("sends a result again until its receipt, over any number of streams", async () => {
    const { engine, connect, clock, streams } = stage(() => "r");
    engine.start();
    let stream = await connect();
    stream.tasks(task("a"), task("b"));
    await clock.settle();
    assert.deepEqual(slugsOf(stream), ["a", "b"]);
    stream.receipt("a");
    for (let round = 0; round < 5; round++) {
      stream.events.closed(unavailable());
      await clock.turn(2000);
      stream = await connect({ adopted: ["b"] });
      assert.deepEqual(slugsOf(stream), ["b"]);
    }
    stream.receipt("b");
    assert.equal(engine.inHand, 0);
    stream.events.closed(unavailable());
    await clock.turn(10_000);
    assert.equal((await connect()).frames.length, 0);
    assert.equal(streams.length, 7);
  });

  test("keeps what ended meanwhile for the next welcome, and not for the hello", async () => {
    const { handler, open } = gates();
    const { engine, connect, clock, stream, hello } = stage(handler);
    engine.start();
    (await connect()).tasks(task("a"), task("b"));
    await clock.settle();
    stream().events.closed(unavailable());
    open("a");
    await clock.turn(2000);
    const { held } = await hello();
    assert.deepEqual(
      held.map(({ finished }) => finished),
      [true, false],
    );
    open("b");
    await clock.settle();
    assert.deepEqual(stream().frames, []);
    stream().welcome({ adopted: ["a", "b"] });
    assert.deepEqual(slugsOf(stream()), ["a", "b"]);
  });

  test("ignores every frame of earlier streams, from the moment they are given up", async () => {
    const { handler, started, signals } = gates();
    const { engine, connect, clock } = stage(handler);
    engine.start();
    const first = await connect();
    first.tasks(task("a"));
    await clock.settle();
    first.events.closed(unavailable());
    first.tasks(task("b"));
    first.cancel("a", CancelReason.REQUESTED);
    await clock.turn(2000);
    const second = await connect({ adopted: ["a"] });
    first.tasks(task("c"));
    first.receipt("a");
    first.drain(0, 60_000);
    first.events.closed(unavailable());
    await clock.settle();
    assert.deepEqual([started, engine.inHand, signals.get("a")?.aborted, second.closed], [["a"], 1, false, false]);
  });

  test("aborts the stale, drops their results, and sends those that are there all the same", async () => {
    const { handler, open, signals } = gates();
    const { engine, connect, clock, stream } = stage(handler);
    engine.start();
    (await connect()).tasks(task("a"), task("b"), task("c"));
    open("b", "kept");
    await clock.settle();
    stream().events.closed(unavailable());
    await clock.turn(2000);
    const second = await connect({ stale: ["a", "b"], adopted: ["c"] });
    assert.equal(whyOf(signals.get("a")), "lease_lost");
    assert.equal(signals.get("c")?.aborted, false);
    assert.equal(second.take("capacity").maxTasks, 9);
    assert.deepEqual(slugsOf(second), ["b"]);
    second.receipt("b", ReceiptState.STALE);
    open("a", "unwanted");
    await clock.settle();
    assert.deepEqual(
      second.frames.map(({ $case }) => $case).filter((kind) => kind === "results"),
      [],
    );
    assert.equal(engine.inHand, 1);
  });

  test("carries tasks through any number of UNAVAILABLE answers, with a try every 2 s at least", async () => {
    const { handler } = gates();
    const { engine, connect, clock, streams, stream } = stage(handler, { random: [0, 0.999] });
    engine.start();
    (await connect()).tasks(task("a"));
    await clock.settle();
    stream().events.closed(unavailable());
    const began = clock.mono();
    for (let n = 0; n < 50; n++) {
      const before = streams.length;
      await clock.turn(2000);
      assert.ok(streams.length > before, "no try for 2 s");
      stream().events.opened();
      stream().events.closed(unavailable());
    }
    assert.ok(clock.mono() - began >= 100_000);
    await clock.turn(2000);
    assert.equal((await connect({ adopted: ["a"] })).frames.length, 0);
    assert.equal(engine.inHand, 1);
  });

  test("gives a try up that takes too long, and the next more time", async () => {
    const { handler } = gates();
    const { engine, connect, clock, streams, stream } = stage(handler);
    engine.start();
    (await connect()).tasks(task("a"));
    await clock.settle();
    stream().events.closed(unavailable());
    await clock.turn(50);
    assert.equal(streams.length, 2);
    await clock.turn(1999);
    assert.equal(streams[1]?.closed, false);
    await clock.turn(1);
    assert.deepEqual([streams[1]?.closed, streams.length], [true, 3]);
    stream().events.opened();
    await clock.turn(3999);
    assert.equal(streams[2]?.closed, false);
    await clock.turn(1);
    assert.deepEqual([streams[2]?.closed, streams.length], [true, 4]);
  });

  test("begins its waits and its patience anew after each welcome", async () => {
    const { handler } = gates();
    const { engine, connect, clock, streams, stream } = stage(handler, { random: [0, 0.999] });
    engine.start();
    (await connect()).tasks(task("a"));
    const unwelcome = async () => {
      for (let n = 0; n < 8; n++) {
        stream().events.opened();
        await clock.turn(20_000);
      }
    };
    for (let round = 0; round < 2; round++) {
      stream().events.closed(unavailable());
      await clock.turn(100);
      const opened = streams.length;
      await clock.turn(2000);
      assert.equal(streams.length, opened + 1, "the first try may take 2 s");
      await unwelcome();
      await connect({ adopted: ["a"] });
      stream().events.closed(unavailable());
      const before = streams.length;
      await clock.turn(100);
      assert.equal(streams.length, before + 1, "the first wait is short");
      stream().events.closed(unavailable());
      await clock.turn(200);
      assert.equal(streams.length, before + 2, "the second wait is short");
      await connect({ adopted: ["a"] });
    }
  });

  test("takes a second welcome for nothing", async () => {
    const { engine, connect, clock } = stage(() => {});
    engine.start();
    const stream = await connect();
    stream.tasks(task("a"));
    await clock.settle();
    assert.deepEqual(slugsOf(stream), ["a"]);
    stream.welcome();
    await clock.settle();
    assert.deepEqual(stream.frames, []);
  });

  test("waits as the pure functions say", () => {
    assert.deepEqual(
      [0, 1, 2, 3, 4, 5, 9].map((failures) => reconnectDelayMs(failures, true, 1)),
      [100, 200, 400, 800, 1600, 2000, 2000],
    );
    assert.equal(reconnectDelayMs(500, false, 1), 10_000);
    assert.equal(reconnectDelayMs(9, false, 0), 0);
    assert.deepEqual(
      [0, 1, 2, 3].map((timeouts) => tryTimeoutMs(timeouts, true)),
      [2000, 4000, 8000, 10_000],
    );
    assert.equal(tryTimeoutMs(0, false), 10_000);
    assert.deepEqual([drainDelayMs(4000, 0), drainDelayMs(4000, 0.5), drainDelayMs(-1, 0.5)], [4000, 6000, 0]);
  });

  test("is for ever, but where the very first hello is refused as broken", async () => {
    const broken = new TickwireError("INVALID_ARGUMENT", "BAD_FIELD", "hello.worker_id");
    const fresh = stage(() => {});
    fresh.engine.start();
    fresh.stream().events.closed(broken);
    await fresh.clock.turn(60_000);
    assert.deepEqual([fresh.ends, fresh.streams.length, fresh.clock.waiting], [[broken], 1, 0]);

    const proven = stage(() => {});
    proven.engine.start();
    await proven.connect();
    for (let n = 0; n < 3; n++) {
      proven.stream().events.closed(broken);
      await proven.clock.turn(10_000);
    }
    assert.deepEqual([proven.ends, proven.streams.length], [[], 4]);
  });
});

describe("a receipt", () => {
  test("that rejects is logged with its words, and frees the place", async () => {
    const { engine, connect, clock, logged } = stage(() => {});
    engine.start();
    const stream = await connect();
    stream.tasks(task("a"));
    await clock.settle();
    stream.receipt("a", ReceiptState.REJECTED, "time out of range");
    assert.equal(engine.inHand, 0);
    const { facts } = logged.find(({ message }) => message === "result was rejected") ?? assert.fail("not logged");
    assert.deepEqual(facts, { slug: "a", message: "time out of range" });
  });

  test("for a task that still runs, or that nobody knows, changes nothing", async () => {
    const { handler, open } = gates();
    const { engine, connect, clock } = stage(handler);
    engine.start();
    const stream = await connect();
    stream.tasks(task("a"));
    stream.receipt("a");
    stream.receipt("zzz");
    assert.equal(engine.inHand, 1);
    open("a");
    await clock.settle();
    assert.deepEqual(slugsOf(stream), ["a"]);
  });
});

describe("a cancellation", () => {
  for (const [reason, why] of [
    [CancelReason.REQUESTED, "cancelled"],
    [CancelReason.TIMED_OUT, "timed_out"],
  ] as const) {
    test(`aborts the task (${why}); what it then throws is Cancelled`, async () => {
      const { handler, signals, fail } = gates();
      const { engine, connect, clock } = stage(handler);
      engine.start();
      const stream = await connect();
      stream.tasks(task("a"));
      stream.cancel("a", reason);
      assert.equal(whyOf(signals.get("a")), why);
      assert.equal(signals.get("a")?.reason.name, "AbortError");
      fail("a", signals.get("a")?.reason);
      await clock.settle();
      assert.equal(stream.take("results").results[0]?.outcome?.$case, "cancelled");
    });
  }

  test("counts more than the worker's own stop", async () => {
    const { handler, signals, fail } = gates();
    const { engine, connect, clock } = stage(handler);
    engine.start();
    const stream = await connect();
    stream.tasks(task("a"), task("b"));
    stream.cancel("a", CancelReason.TIMED_OUT);
    engine.stop(0);
    await clock.turn(0);
    stream.cancel("b", CancelReason.REQUESTED);
    for (const slug of ["a", "b"]) fail(slug, signals.get(slug)?.reason);
    await clock.settle();
    stream.take("drain");
    assert.deepEqual(
      stream.take("results").results.map(({ outcome }) => outcome?.$case),
      ["cancelled", "cancelled"],
    );
    stream.receipt("a");
    stream.receipt("b");
    assert.equal(clock.waiting, 0);
  });

  test("leaves a success a success", async () => {
    const { handler, open } = gates();
    const { engine, connect, clock } = stage(handler);
    engine.start();
    const stream = await connect();
    stream.tasks(task("a"));
    stream.cancel("a", CancelReason.REQUESTED);
    open("a", "all the same");
    await clock.settle();
    assert.equal(stream.take("results").results[0]?.outcome?.$case, "success");
  });

  test("reaches a handler that asks for its signal afterwards", async () => {
    let ask: (() => AbortSignal) | undefined;
    const { engine, connect } = stage((_, context) => {
      ask = () => context.signal;
      return new Promise(() => {});
    });
    engine.start();
    const stream = await connect();
    stream.tasks(task("a"));
    stream.cancel("a", CancelReason.REQUESTED);
    assert.equal(whyOf(ask?.()), "cancelled");
  });

  for (const [reason, why] of [
    [CancelReason.LEASE_LOST, "lease_lost"],
    [CancelReason.JOB_DELETED, "deleted"],
  ] as const) {
    test(`that takes the task away (${why}) counts no failure, and frees the place with a receipt`, async () => {
      const { handler, signals, fail } = gates();
      const { engine, connect, clock } = stage(handler);
      engine.start();
      const stream = await connect();
      stream.tasks(task("a"));
      stream.cancel("a", reason);
      assert.equal(whyOf(signals.get("a")), why);
      fail("a", signals.get("a")?.reason);
      await clock.settle();
      assert.equal(stream.take("results").results[0]?.outcome?.$case, "released");
      stream.receipt("a", ReceiptState.STALE);
      assert.deepEqual([engine.inHand, stream.frames], [0, []]);
    });
  }

  test("that comes once the task has ended is too late", async () => {
    const { engine, connect, clock } = stage(() => "r");
    engine.start();
    const stream = await connect();
    stream.tasks(task("a"));
    stream.cancel("a", CancelReason.REQUESTED);
    await clock.settle();
    assert.equal(stream.take("results").results[0]?.outcome?.$case, "success");
    assert.equal(engine.inHand, 1);
  });
});

describe("places", () => {
  test("are never exceeded: what comes beyond them is handed back", async () => {
    const { handler, started, open } = gates();
    const { engine, connect, clock } = stage(handler, { maxTasks: 2 });
    engine.start();
    const stream = await connect();
    stream.tasks(task("a"), task("b"), task("c"));
    await clock.settle();
    assert.deepEqual(started, ["a", "b"]);
    const { results } = stream.take("results");
    assert.deepEqual(
      results.map(({ slug, outcome }) => [slug, outcome?.$case]),
      [["c", "released"]],
    );
    open("a");
    await clock.settle();
    stream.tasks(task("d"));
    assert.deepEqual(started, ["a", "b", "d"]);
  });

  test("of handlers that don't stop are not offered, until they do", async () => {
    const { handler, open } = gates();
    const { engine, connect, clock } = stage(handler, { maxTasks: 3, kindMaxTasks: 2 });
    engine.start();
    const first = await connect();
    const told = () => {
      const { maxTasks, kinds } = stream.take("capacity");
      return [maxTasks, kinds[0]?.maxTasks];
    };
    first.tasks(task("a"), task("b"));
    first.events.closed(unavailable());
    await clock.turn(2000);
    const stream = await connect({ stale: ["a"], adopted: ["b"] });
    assert.deepEqual(told(), [2, 1]);
    stream.cancel("b", CancelReason.TIMED_OUT);
    await clock.turn(4999);
    assert.deepEqual(
      stream.frames.filter(({ $case }) => $case !== "ping"),
      [],
    );
    await clock.turn(1);
    stream.frames.splice(
      0,
      stream.frames.findIndex(({ $case }) => $case === "capacity"),
    );
    assert.deepEqual(told(), [1, 0]);
    open("a");
    await clock.settle();
    assert.deepEqual(told(), [2, 1]);
    open("b");
    await clock.settle();
    assert.deepEqual(told(), [3, 2]);
    assert.deepEqual(slugsOf(stream), ["b"]);
  });

  test("hold each task once", async () => {
    const { handler, started } = gates();
    const { engine, connect } = stage(handler);
    engine.start();
    const stream = await connect();
    stream.tasks(task("a"));
    stream.tasks(task("a"));
    assert.deepEqual([started, engine.inHand], [["a"], 1]);
  });
});

describe("frames", () => {
  test("gather the results of a turn", async () => {
    const { engine, connect, clock } = stage(async (task) => task.slug, { maxTasks: 1000 });
    engine.start();
    const stream = await connect();
    stream.tasks(...Array.from({ length: 100 }, (_, n) => task(`a${n}`)));
    stream.tasks(...Array.from({ length: 149 }, (_, n) => task(`b${n}`)));
    await clock.settle();
    assert.equal(stream.take("results").results.length, 249);
    assert.deepEqual(stream.frames, []);
  });

  test("do not wait for the turn's end with 250 results", async () => {
    const { engine, connect, clock } = stage((task) => task.slug, { maxTasks: 1000 });
    engine.start();
    const stream = await connect();
    stream.tasks(...Array.from({ length: 260 }, (_, n) => task(`a${n}`)));
    assert.equal(stream.take("results").results.length, 250);
    await clock.settle();
    assert.equal(stream.take("results").results.length, 10);
    assert.deepEqual(stream.frames, []);
  });

  test("have at most 1 MiB, or one item", async () => {
    const { engine, connect, clock } = stage(() => Buffer.alloc(60_000), { maxTasks: 100 });
    engine.start();
    const stream = await connect();
    stream.tasks(...Array.from({ length: 100 }, (_, n) => task(`a${n}`)));
    await clock.settle();
    const frames = stream.frames.splice(0);
    const sizes = frames.map((frame) => workerProto.WorkRequest.encode({ frame }).finish().length);
    assert.ok(sizes.length === 6 && sizes.every((size) => size <= 1024 * 1024), String(sizes));
    assert.deepEqual(
      inFrames([1, 9e6, 9e6, 2, 3], (size) => size),
      [[1], [9e6], [9e6], [2, 3]],
    );
  });

  test("wait while the stream takes none, and go on when it does", async () => {
    const { engine, connect, clock } = stage(() => Buffer.alloc(60_000), { maxTasks: 100 });
    engine.start();
    const stream = await connect();
    stream.takes = false;
    stream.tasks(...Array.from({ length: 40 }, (_, n) => task(`a${n}`)));
    await clock.settle();
    const first = slugsOf(stream);
    assert.ok(first.length < 20);
    stream.tasks(task("z"));
    await clock.turn(8000);
    assert.deepEqual(stream.frames, []);
    stream.takes = true;
    stream.events.drained();
    const rest: string[] = [];
    while (stream.frames.length > 0) rest.push(...slugsOf(stream));
    assert.deepEqual([...first, ...rest].sort(), [...Array.from({ length: 40 }, (_, n) => `a${n}`), "z"].sort());
  });
});

describe("signs of life", () => {
  test("are sent at the interval told, if nothing else was", async () => {
    const { engine, connect, clock } = stage(() => {});
    engine.start();
    const stream = await connect({ pingMs: 1000 });
    const alive = () => stream.send({ $case: "ping", value: {} });
    await clock.turn(999);
    assert.deepEqual(stream.frames, []);
    await clock.turn(1);
    stream.take("ping");
    alive();
    await clock.turn(500);
    stream.tasks(task("a"));
    await clock.settle();
    stream.take("results");
    await clock.turn(999);
    assert.deepEqual(stream.frames, []);
    await clock.turn(1);
    stream.take("ping");
  });

  test("that fail to come for three intervals end the stream", async () => {
    const { engine, connect, clock, streams } = stage(() => {});
    engine.start();
    const stream = await connect({ pingMs: 1000 });
    await clock.turn(2999);
    stream.send({ $case: "ping", value: {} });
    await clock.turn(2999);
    assert.equal(stream.closed, false);
    await clock.turn(1);
    assert.equal(stream.closed, true);
    await clock.turn(100);
    assert.equal(streams.length, 2);
  });

  test("are waited for once more after the process was stopped", async () => {
    const { engine, connect, clock } = stage(() => {});
    engine.start();
    const stream = await connect({ pingMs: 1000 });
    await clock.freeze(20_000);
    assert.equal(stream.closed, false, "it judged before it read");
    await clock.turn(999);
    stream.send({ $case: "ping", value: {} });
    await clock.turn(2000);
    assert.equal(stream.closed, false);
    await clock.freeze(20_000);
    await clock.turn(999);
    assert.equal(stream.closed, false);
    await clock.turn(1);
    assert.equal(stream.closed, true);
  });

  test("are not waited for a third time", async () => {
    const { engine, connect, clock } = stage(() => {});
    engine.start();
    const stream = await connect({ pingMs: 1000 });
    await clock.freeze(20_000);
    await clock.freeze(20_000);
    assert.equal(stream.closed, true);
  });
});

describe("a drain notice", () => {
  test("is obeyed at once with nothing in hand, and the delay told is kept", async () => {
    const { engine, connect, clock, streams } = stage(() => {}, { random: [0, 0.5] });
    engine.start();
    const stream = await connect();
    stream.drain(10_000, 4000);
    assert.equal(stream.closed, true);
    await clock.turn(5999);
    assert.equal(streams.length, 1);
    await clock.turn(1);
    assert.equal(streams.length, 2);
  });

  test("lets the tasks in hand end first", async () => {
    const { handler, open } = gates();
    const { engine, connect, clock } = stage(handler);
    engine.start();
    const stream = await connect();
    stream.tasks(task("a"));
    stream.drain(10_000, 4000);
    open("a");
    await clock.settle();
    assert.deepEqual(slugsOf(stream), ["a"]);
    assert.equal(stream.closed, false);
    stream.receipt("a");
    assert.equal(stream.closed, true);
  });

  for (const [what, act] of [
    ["its grace ends", async (_: FakeStream, turn: (ms: number) => Promise<void>) => turn(3000)],
    ["the server closes", async (stream: FakeStream) => stream.events.closed(unavailable())],
  ] as const) {
    test(`takes them along when ${what}, after the delay told`, async () => {
      const { handler } = gates();
      const { engine, connect, clock, streams, hello } = stage(handler, {
        addresses: ["one", "two"],
        random: [0, 0.5],
      });
      engine.start();
      const stream = await connect();
      stream.tasks(task("a"));
      stream.drain(3000, 1000);
      await act(stream, (ms) => clock.turn(ms));
      await clock.turn(1499);
      assert.equal(streams.length, 1);
      await clock.turn(1);
      assert.equal(streams[1]?.address, "two");
      assert.deepEqual(
        (await hello()).held.map(({ slug }) => slug),
        ["a"],
      );
    });
  }

  test("without a grace is obeyed at once, tasks in hand or not", async () => {
    const { handler } = gates();
    const { engine, connect, clock } = stage(handler);
    engine.start();
    const stream = await connect();
    stream.tasks(task("a"));
    await clock.settle();
    stream.drain(0, 100);
    assert.equal(stream.closed, true);
  });
});

describe("a stop", () => {
  test("says so, lets tasks end, waits for their receipts, and ends", async () => {
    const { handler, open } = gates();
    const { engine, connect, clock, ends } = stage(handler);
    engine.start();
    const stream = await connect();
    stream.tasks(task("a"));
    engine.stop(30_000);
    await clock.settle();
    stream.take("drain");
    stream.tasks(task("b"));
    open("a");
    open("b");
    await clock.settle();
    assert.deepEqual([slugsOf(stream), ends], [["a", "b"], []]);
    stream.receipt("a");
    stream.receipt("b");
    assert.deepEqual([ends, stream.closed, clock.waiting], [["ended"], true, 0]);
    engine.stop(1);
    assert.deepEqual(ends, ["ended"]);
  });

  test("with nothing in hand ends at once, connected or not", async () => {
    for (const connected of [true, false]) {
      const { engine, connect, clock, ends, stream } = stage(() => {});
      engine.start();
      if (connected) await connect();
      engine.stop(30_000);
      assert.deepEqual([ends, stream().closed, clock.waiting], [["ended"], true, 0]);
    }
  });

  test("after its grace aborts; what throws then is handed back", async () => {
    const { handler, signals, fail } = gates();
    const { engine, connect, clock, ends } = stage(handler);
    engine.start();
    const stream = await connect();
    stream.tasks(task("a"));
    engine.stop(500);
    await clock.settle();
    stream.take("drain");
    await clock.turn(499);
    assert.equal(signals.get("a")?.aborted, false);
    await clock.turn(1);
    assert.equal(whyOf(signals.get("a")), "stopping");
    fail("a", signals.get("a")?.reason);
    await clock.settle();
    assert.equal(stream.take("results").results[0]?.outcome?.$case, "released");
    stream.receipt("a");
    assert.deepEqual(ends, ["ended"]);
  });

  test("leaves a handler behind that does not end", async () => {
    const { handler } = gates();
    const { engine, connect, clock, ends } = stage(handler);
    engine.start();
    (await connect()).tasks(task("a"));
    engine.stop(500);
    await clock.turn(2499);
    assert.deepEqual(ends, []);
    await clock.turn(1);
    assert.deepEqual([ends, clock.waiting], [["ended"], 0]);
  });

  test("delivers over a reconnect, without offering places", async () => {
    const { handler, open } = gates();
    const { engine, connect, clock, stream, hello, ends } = stage(handler);
    engine.start();
    (await connect()).tasks(task("a"));
    engine.stop(30_000);
    stream().events.closed(unavailable());
    open("a");
    await clock.turn(2000);
    const { capacity, held } = await hello();
    assert.deepEqual([capacity?.maxTasks, held.length], [0, 1]);
    stream().welcome({ adopted: ["a"] });
    await clock.settle();
    stream().take("drain");
    assert.deepEqual(slugsOf(stream()), ["a"]);
    stream().receipt("a");
    assert.deepEqual(ends, ["ended"]);
  });
});
