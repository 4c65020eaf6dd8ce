import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TickwireError } from "@tickwire/client";
import type { Lookup } from "@tickwire/client/internal";
import { gates, type Stage, stage, task } from "./fake-transport.js";

// To which of several servers a worker goes, and when.

const unavailable = () => new TickwireError("UNAVAILABLE", "UNAVAILABLE", "broken");
const triedBy = ({ streams }: Stage) => streams.map(({ address }) => address);

/** Numbers that look random and are the same each time (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The newest stream is refused, `count` times in a row, each as soon as it is tried. */
async function refuse({ stream, clock }: Stage, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    stream().events.closed(unavailable());
    await clock.turn(0);
  }
}

describe("of several servers", () => {
  const addresses = ["x", "y", "z"];

  test("the first is drawn, and each is tried once, at once, before any of them again", async () => {
    for (const [random, first] of [
      [0, "x"],
      [0.5, "y"],
      [0.99, "z"],
    ] as const) {
      const worker = stage(() => {}, { addresses, random: [random, 0.5] });
      worker.engine.start();
      await refuse(worker, 2);
      assert.equal(triedBy(worker)[0], first);
      assert.deepEqual([...triedBy(worker)].sort(), addresses);
    }
  });

  test("a round is followed by a wait, which grows with each round", async () => {
    const worker = stage(() => {}, { addresses, random: [0.999] });
    const { engine, clock, stream, streams } = worker;
    engine.start();
    let began = clock.mono();
    for (const boundMs of [200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]) {
      await refuse(worker, 2);
      assert.equal(clock.mono(), began);
      const tried = streams.length;
      stream().events.closed(unavailable());
      await clock.turn(boundMs * 0.99);
      assert.equal(streams.length, tried, "the wait is short");
      await clock.turn(boundMs * 0.01);
      assert.equal(streams.length, tried + 1, "the wait is long");
      began = clock.mono();
    }
    const tried = triedBy(worker);
    for (let at = 0; at + 3 <= tried.length; at += 3) {
      assert.deepEqual(tried.slice(at, at + 3).sort(), addresses, "each once in a round");
      assert.notEqual(tried[at], tried[at - 1], "the one that was just left");
    }
  });

  test("the one that is lost is tried after all others, with the tasks in hand", async () => {
    const { handler } = gates();
    for (let seed = 0; seed < 20; seed++) {
      const random = seeded(seed);
      const worker = stage(handler, { addresses, random: Array.from({ length: 100 }, random) });
      worker.engine.start();
      (await worker.connect()).tasks(task("a"));
      await worker.clock.settle();
      worker.stream().events.closed(unavailable());
      await worker.clock.turn(100);
      assert.equal(worker.streams.length, 2, "no try within 100 ms");
      worker.stream().events.opened();
      assert.deepEqual(
        worker
          .stream()
          .take("hello")
          .held.map(({ slug }) => slug),
        ["a"],
      );
      await refuse(worker, 2);
      const [lost, ...others] = triedBy(worker);
      assert.deepEqual([others.length, others.indexOf(lost ?? "")], [3, 2], others.join());
    }
  });

  test("another is tried first after a drain notice, once the delay told is over", async () => {
    const { handler } = gates();
    for (const held of [false, true]) {
      const worker = stage(handler, { addresses, random: [0.5, 0.5, 0.2] });
      worker.engine.start();
      const stream = await worker.connect();
      if (held) stream.tasks(task("a"));
      stream.drain(held ? 3000 : 0, 4000);
      await worker.clock.turn(held ? 3000 : 0);
      await worker.clock.turn(5999);
      assert.deepEqual(triedBy(worker), ["y"]);
      await worker.clock.turn(1);
      await refuse(worker, 2);
      assert.deepEqual(triedBy(worker), ["y", "x", "z", "y"]);
    }
  });

  test("one that does not answer is left after 2 s by whoever holds tasks, in every round for the next", async () => {
    const { handler } = gates();
    const worker = stage(handler, { addresses });
    const { engine, clock, streams, stream } = worker;
    engine.start();
    (await worker.connect()).tasks(task("a"));
    stream().events.closed(unavailable());
    await clock.turn(50);
    for (const patienceMs of [2000, 2000, 2000, 4000]) {
      const tried = streams.length;
      await clock.turn(patienceMs - 1);
      assert.equal(streams.length, tried);
      await clock.turn(1);
      assert.equal(streams.length, tried + 1);
    }
  });

  test("a fleet spreads evenly, at its start and when one is gone", async () => {
    const fleet = Array.from({ length: 300 }, (_, n) => {
      const random = seeded(n);
      return stage(() => {}, { addresses, random: Array.from({ length: 20 }, random) });
    });
    const counts = () =>
      addresses.map((address) => fleet.filter(({ stream }) => stream().address === address && !stream().closed).length);
    for (const worker of fleet) {
      worker.engine.start();
      await worker.connect();
    }
    for (const count of counts()) assert.ok(count > 75 && count < 125, counts().join());
    for (const worker of fleet) {
      if (worker.stream().address !== "x") continue;
      worker.stream().events.closed(unavailable());
      await worker.clock.turn(100);
      await worker.connect();
    }
    const [gone, ...living] = counts();
    assert.equal(gone, 0);
    for (const count of living) assert.ok(count > 120 && count < 180, counts().join());
  });
});

describe("behind a name", () => {
  const family = 4;

  test("are as many servers as it has addresses, looked up at each try", async () => {
    let hosts = ["10.0.0.1", "10.0.0.2"];
    const asked: string[] = [];
    const lookup: Lookup = async (host) => {
      asked.push(host);
      return hosts.map((address) => ({ address, family }));
    };
    const worker = stage(() => {}, { addresses: ["servers.example:7070"], lookup, random: [0] });
    worker.engine.start();
    await worker.clock.settle();
    await refuse(worker, 1);
    assert.deepEqual(triedBy(worker), ["10.0.0.1:7070", "10.0.0.2:7070"]);
    hosts = ["10.0.0.2", "10.0.0.3"];
    await worker.connect();
    worker.stream().events.closed(unavailable());
    await worker.clock.turn(0);
    assert.equal(worker.stream().address, "10.0.0.3:7070");
    assert.deepEqual(asked, ["servers.example", "servers.example", "servers.example"]);
  });

  test("a lookup that does not end holds nobody up who has an older answer", async () => {
    const { handler } = gates();
    let hangs = false;
    const lookup: Lookup = async () => {
      if (hangs) await new Promise(() => {});
      return ["10.0.0.1", "10.0.0.2"].map((address) => ({ address, family }));
    };
    const worker = stage(handler, { addresses: ["servers.example:7070"], lookup, random: [0] });
    worker.engine.start();
    await worker.clock.settle();
    (await worker.connect()).tasks(task("a"));
    hangs = true;
    worker.stream().events.closed(unavailable());
    await worker.clock.turn(999);
    assert.equal(worker.streams.length, 1);
    await worker.clock.turn(1);
    assert.equal(worker.stream().address, "10.0.0.2:7070");
  });

  test("a lookup that never ended gives way to the next try, and to a stop", async () => {
    const worker = stage(() => {}, { addresses: ["servers.example:7070"], lookup: () => new Promise(() => {}) });
    worker.engine.start();
    await worker.clock.turn(10_000);
    const [
      {
        facts: { code },
      } = assert.fail("not logged"),
    ] = worker.logged;
    assert.equal(code, "DEADLINE_EXCEEDED");
    worker.engine.stop(0);
    assert.deepEqual([worker.ends, worker.clock.waiting, worker.streams.length], [["ended"], 0, 0]);
  });
});
