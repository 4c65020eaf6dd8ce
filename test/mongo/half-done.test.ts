import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { runJob } from "../../src/core/edits.js";
import type { Store } from "../../src/store/store.js";
import { at } from "../store/suite/clock.js";
import { fence } from "../store/suite/fencing-cases.js";
import { editing, job, kind, put, read } from "../store/suite/jobs.js";
import { ending, finish, losing, open, record, release, runsOf, type Task, task } from "../store/suite/tasks.js";
import { Attempt, holdFrom } from "./attempt.js";
import { BehindProxy } from "./behind-proxy.js";
import { mongoServer } from "./server.js";

const server = await mongoServer();
const skip = "skip" in server ? server.skip : false;
const uri = "uri" in server ? server.uri : "";
if (!("skip" in server)) after(async () => await server.stop());

/** Who finds the outcome half done, and what they hear. */
const NEXT: Readonly<Record<string, (store: Store, out: Task, own: boolean) => Promise<void>>> = {
  "the worker's own report": async (store, out, own) => {
    assert.equal(await finish(store, out), own ? "recorded" : "stale");
  },
  recovery: async (store, out) => {
    await fence(store, out.lock.lease);
    const [orphan] = (await store.orphans(undefined, 10)) as Task[];
    assert.equal((await release(store, losing(task(orphan)))).status, "stale");
  },
  "a hello": async (store, { slug, lock: { token } }) => {
    assert.deepEqual(await store.adopt([{ slug, token }], await open(store, "s2"), 1), [undefined]);
  },
};

describe("an outcome whose process is killed between its two writes", { concurrency: 3 }, () => {
  for (const [what, step, command] of [
    ["a result", "release", "update"],
    ["a caller's delete", "delete", "findAndModify"],
  ] as const) {
    for (const [who, next] of Object.entries(NEXT)) {
      for (const late of [false, true]) {
        it(`44 kill -9 between the two writes of ${what}, the second ${late ? "late" : "lost"}: ${who} applies it once`, {
          skip,
          timeout: 60_000,
        }, async () => {
          await using world = await BehindProxy.open(uri);
          const { direct } = world;
          await put(direct, job("a", { everyMs: 1_000 }));
          await using attempt = await Attempt.open(world.url);
          await attempt.does("claim", 1);
          const out = task(await direct.get("a"));
          const reached = holdFrom(attempt.proxy, command);
          attempt.tell(step);
          await reached;
          await attempt.kill();
          if (!late) await attempt.proxy.close();
          const state = step === "release" ? "succeeded" : "cancelled";
          assert.deepEqual(
            (await runsOf(direct)).map((run) => run.state),
            [state],
          );
          assert.equal((await read(direct, "a")).lock?.token, out.lock.token);
          await next(direct, out, step === "release");
          if (late) await attempt.arrive();
          const { lock, due, counts } = await read(direct, "a");
          assert.deepEqual([lock, due, counts[state], counts.occurrences], [undefined, at(1), 1, 1]);
          assert.deepEqual(
            (await runsOf(direct)).map((run) => run.state),
            [state],
          );
          assert.equal(await finish(direct, out), step === "release" ? "recorded" : "stale");
          assert.equal((await read(direct, "a")).counts[state], 1);
        });
      }
    }
  }
});

it("44 whoever completes an outcome settles it by the job's kind, and on what callers have written since", {
  skip,
}, async () => {
  await using world = await BehindProxy.open(uri);
  const { direct, store } = world;
  const retry = { maxAttempts: 1, onExhausted: "dead" } as const;
  await direct.putKind(kind("mail", { policy: { retry } }), undefined);
  await put(direct, job("a", { everyMs: 1_000 }), job("b", { everyMs: 1_000 }));
  const lease = await open(direct);
  const taken = (await direct.lock({
    room: new Map([["mail", 2]]),
    maxRunning: new Map(),
    lease,
    now: at(0),
    limit: 2,
  })) as Task[];
  const writes = taken.map((out) => ending(out, { outcome: { type: "failure", error: "no" } }));
  // The jobs' writes are lost, after the runs were stored.
  world.proxy.dropAfter(0, { command: "update", always: true });
  await assert.rejects(store.release(writes), { reason: "STORE_DOWN" });
  world.proxy.pass();
  await direct.edit(["b"], (one) => runJob(one, "", editing(at(5.5))));
  for (const out of taken) assert.equal(await record(direct, out), "recorded");
  const [a, b] = [await read(direct, "a"), await read(direct, "b")];
  assert.deepEqual([a.dead, a.counts.exhausted, a.last?.error], ["exhausted", 1, "no"]);
  // What its caller has asked for waits for a requeue.
  assert.deepEqual([b.dead, b.counts.exhausted, b.lock, b.again?.occurrence], ["exhausted", 1, undefined, at(5.5)]);
});
