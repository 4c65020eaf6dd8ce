import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import type { StoredJob } from "../../src/core/job.js";
import type { Store } from "../../src/store/store.js";
import { givenUp } from "../faults/outcomes.js";
import type { TcpProxy } from "../faults/proxy.js";
import { at } from "../store/suite/clock.js";
import { fence } from "../store/suite/fencing-cases.js";
import { job, put, range } from "../store/suite/jobs.js";
import { claim, ending, listed, losing, open, runsOf, type Task } from "../store/suite/tasks.js";
import { Attempt, holdFrom } from "./attempt.js";
import { BehindProxy } from "./behind-proxy.js";
import { mongoServer } from "./server.js";

const server = await mongoServer();
const skip = "skip" in server ? server.skip : false;
const uri = "uri" in server ? server.uri : "";
if (!("skip" in server)) after(async () => await server.stop());

const COUNT = 5;

async function withJobs(store: Store): Promise<void> {
  await put(store, ...range(COUNT).map((n) => job(`j${n}`)));
}

/** A lease has ended: what it had claimed is settled as lost, and each job can be claimed again. Answers how many there were. */
async function recovered(store: Store): Promise<number> {
  const orphans = (await store.orphans(undefined, 100)) as Task[];
  for (const { status } of await store.release(orphans.map((out) => losing(out)))) assert.equal(status, "recorded");
  for (const one of await listed(store)) assert.deepEqual([one.lock, one.due], [undefined, one.at]);
  assert.deepEqual(await store.orphans(undefined, 100), []);
  const runs = await runsOf(store);
  assert.equal(runs.length, orphans.length);
  assert.ok(runs.every(({ state }) => state === "lost"));
  const lease = await open(store, "next");
  const taken = await claim(store, { lease, now: at(1_000_000) });
  assert.equal(taken.length, COUNT);
  for (const { status } of await store.release(taken.map((out) => ending(out)))) assert.equal(status, "recorded");
  assert.deepEqual(await listed(store), []);
  return orphans.length;
}

/** Each resolves once it has struck. */
const FAULTS = {
  hold: async (proxy: TcpProxy, command: string) => await holdFrom(proxy, command),
  cut: async (proxy: TcpProxy, command: string) => await proxy.cutReply({ command }).struck,
  drop: async (proxy: TcpProxy, command: string) => await proxy.dropAfter(0, { command }).struck,
};

/** Where its claim is when the claimer is killed, and how many jobs it has locked by then, or will have. */
const MOMENTS = [
  { when: "the candidates' read is on its way", command: "find", fault: "hold", locks: false },
  { when: "the candidates' answer is on its way", command: "find", fault: "cut", locks: false },
  { when: "the write was lost", command: "write", fault: "drop", locks: false },
  { when: "the write is on its way, and arrives after its end", command: "write", fault: "hold", locks: true },
  { when: "the write's answer is on its way", command: "write", fault: "cut", locks: true },
] as const;

describe("a claim that is cut off", { concurrency: 3 }, () => {
  for (const { when, command, fault, locks } of MOMENTS) {
    for (const room of [1, COUNT]) {
      it(`43 kill -9 of a claimer of ${room} while ${when}: no job stays locked`, {
        skip,
        timeout: 60_000,
      }, async () => {
        await using world = await BehindProxy.open(uri);
        const { direct } = world;
        await withJobs(direct);
        await using attempt = await Attempt.open(world.url);
        const name = command === "find" ? "find" : room === 1 ? "findAndModify" : "update";
        const reached = FAULTS[fault](attempt.proxy, name);
        attempt.tell("claim", room);
        await reached;
        await attempt.kill();
        await attempt.arrive();
        await fence(direct, attempt.lease);
        assert.equal(await recovered(direct), locks ? room : 0);
      });
    }
  }

  for (const room of [1, COUNT]) {
    for (const fault of ["cut", "drop"] as const) {
      for (const times of [1, 2]) {
        it(`45 lock of ${room}, its write ${fault} ${times} times: it knows what it has, or its lease must end`, {
          skip,
        }, async () => {
          await using world = await BehindProxy.open(uri);
          const { direct, store } = world;
          await withJobs(direct);
          const lease = await open(direct);
          world[fault](room === 1 ? "findAndModify" : "update", times);
          const taken = await claim(store, { lease, now: at(0), room }).catch(givenUp);
          assert.equal(typeof taken === "symbol", times === 2);
          if (typeof taken !== "symbol") {
            const locked = (await listed(direct)).filter((one) => one.lock);
            assert.deepEqual(taken as StoredJob[], locked);
            assert.equal(locked.length, room);
          }
          await direct.closeLease(lease);
          assert.equal(await recovered(direct), times === 1 || fault === "cut" ? room : 0);
        });
      }
    }
  }

  it("45 lock of many, whose second look is lost: its lease must end", { skip }, async () => {
    await using world = await BehindProxy.open(uri);
    const { direct, store } = world;
    await withJobs(direct);
    const lease = await open(direct);
    // Another takes one of the candidates, so that the total is short.
    const other = await open(direct, "other");
    const claiming = claim(store, { lease, now: at(0) }).catch(givenUp);
    const taken = await world.during("update", claiming, async () => {
      const [first] = (await claim(direct, { lease: other, now: at(0), room: 1 })) as Task[];
      assert.ok(first);
      await direct.release([losing(first)]);
      world.onSent = (name) => void (name === "find" && world.proxy.dropAfter(0, { command: "find", always: true }));
    });
    assert.equal(typeof taken, "symbol");
    world.proxy.pass();
    await direct.closeLease(lease);
    const orphans = await direct.orphans(undefined, 100);
    assert.equal(orphans.length, COUNT - 1);
  });

  it("45 openLease that is given up leaves a lease that is taken over like any other, and the next has another id", {
    skip,
  }, async () => {
    await using world = await BehindProxy.open(uri);
    const { direct, store } = world;
    world.cut("insert", 2);
    assert.equal(typeof (await open(store).catch(givenUp)), "symbol");
    const id = await open(store);
    const [one, other, ...none] = await direct.leases();
    assert.deepEqual([none, [one?.state, other?.state]], [[], ["live", "live"]]);
    const left = one?.id === id ? other : one;
    assert.ok(left && left.id !== id);
    assert.equal(await direct.takeOver(left.id, left.seq), true);
    assert.equal(await direct.renewLease(id), true);
    world.cut("insert", 1);
    await open(store);
    assert.equal((await direct.leases()).length, 3);
  });
});
