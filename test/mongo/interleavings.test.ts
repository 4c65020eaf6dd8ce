import assert from "node:assert/strict";
import { after, it } from "node:test";
import { deleteJob, pauseJob } from "../../src/core/edits.js";
import { runDoc } from "../../src/store/mongo/codec.js";
import { at } from "../store/suite/clock.js";
import { editing, job, put, range, read } from "../store/suite/jobs.js";
import { claim, claimOne, ending, finish, lost, open, release, runsOf, type Task } from "../store/suite/tasks.js";
import { BehindProxy } from "./behind-proxy.js";
import { mongoServer } from "./server.js";

const server = await mongoServer();
const skip = "skip" in server ? server.skip : false;
const uri = "uri" in server ? server.uri : "";
if (!("skip" in server)) after(async () => await server.stop());

const held = ({ slug, lock }: Task) => ({ slug, token: lock.token });

/** A job's end and its slug's next beginning: what was read before is of another job, whose revision is the same. */
async function remake({ direct }: BehindProxy, slug: string): Promise<void> {
  await direct.edit([slug], (one) => deleteJob(one, "", editing(at(0))));
  await put(direct, job(slug, { dueAt: at(9_999), payload: Uint8Array.of(2) }));
}

it("22 a job made anew between a claim's read and its write is not claimed for the one that was read", {
  skip,
}, async () => {
  await using world = await BehindProxy.open(uri);
  await put(world.direct, job("a"), job("b"));
  const lease = await open(world.store);
  const taken = await world.during("update", claim(world.store, { lease, now: at(0) }), () => remake(world, "a"));
  assert.deepEqual(
    taken.map(({ slug }) => slug),
    ["b"],
  );
  const { lock, due, attempt } = await read(world.direct, "a");
  assert.deepEqual([lock, due, attempt], [undefined, at(9_999), 0]);
});

for (const count of [1, 2]) {
  it(`25 a job made anew while a caller's write of ${count} is on its way is not overwritten by the one before it`, {
    skip,
  }, async () => {
    await using world = await BehindProxy.open(uri);
    const slugs = range(count).map((n) => `j${n}`);
    await put(world.direct, ...slugs.map((slug) => job(slug)));
    const pausing = world.store.edit(slugs, (one) => pauseJob(one, "", editing(at(0))));
    const answers = await world.during(count === 1 ? "findAndModify" : "update", pausing, () => remake(world, "j0"));
    assert.ok(answers.every(({ type }) => type === "done"));
    const { payload, at: next, pause } = await read(world.direct, "j0");
    assert.deepEqual([payload, next, pause?.at], [Uint8Array.of(2), at(9_999), at(0)]);
  });
}

it("26 a job made anew right after a batch has deleted its slug stays, though the batch has to look again", {
  skip,
}, async () => {
  await using world = await BehindProxy.open(uri);
  await put(world.direct, job("a"), job("b"));
  const erasing = world.store.edit(["a", "b"], (one) => deleteJob(one, "", editing(at(0))));
  // The batch's total is short because of b, so what became of a is not known.
  const looking = world.hold("delete");
  await looking.reached;
  await world.direct.edit(["b"], (one) => pauseJob(one, "", editing(at(0))));
  const again = world.hold("find");
  looking.go();
  await again.reached;
  assert.equal(await world.direct.get("a"), undefined);
  await put(world.direct, job("a", { dueAt: at(5) }));
  again.go();
  assert.deepEqual(
    (await erasing).map(({ type }) => type),
    ["deleted", "deleted"],
  );
  assert.deepEqual((await read(world.direct, "a")).due, at(5));
  assert.equal(await world.direct.get("b"), undefined);
});

/** A run that a caller's write has stored for a task, and that it takes back again: its job was another by then. */
async function callersRun({ direct }: BehindProxy, out: Task) {
  const { run } = deleteJob(await direct.get(out.slug), "", editing(at(0)));
  assert.ok(run);
  return runDoc(run, "0".repeat(26), "a caller's write");
}

for (const what of ["result", "loss", "hello"] as const) {
  it(`44 a caller's run that is taken back while a ${what} is about to complete it leaves the task to the ${what}`, {
    skip,
  }, async () => {
    await using world = await BehindProxy.open(uri);
    const { direct, store } = world;
    await put(direct, job("a", { everyMs: 1_000 }));
    const [lease, other] = [await open(direct, "s1"), await open(direct, "s2")];
    const out = await claimOne(direct, { lease, now: at(0) });
    const doc = await callersRun(world, out);
    const runs = world.raw<typeof doc>("runs");
    await runs.insertOne(doc);
    const takenBack = async (): Promise<void> => {
      const { deletedCount } = await runs.deleteOne({ _id: doc._id, put: doc.put, taken: { $exists: false } });
      assert.equal(deletedCount, 1);
    };
    if (what === "hello") {
      const [adopted] = await world.during("findAndModify", store.adopt([held(out)], other, 1), takenBack);
      assert.equal(adopted?.lock?.lease, other);
      assert.equal(await finish(direct, out), "recorded");
    } else {
      const write = ending(out, what === "loss" ? { outcome: lost, by: "server", lease } : {});
      const { status } = await world.during("findAndModify", release(store, write), takenBack);
      assert.equal(status, "recorded");
    }
    assert.equal((await read(direct, "a")).lock, undefined);
    assert.deepEqual(
      (await runsOf(direct)).map(({ state }) => state),
      [what === "loss" ? "lost" : "succeeded"],
    );
  });
}

it("29 a stale result whose taking back was done twice is stale still", { skip }, async () => {
  await using world = await BehindProxy.open(uri);
  const { direct, store } = world;
  await put(direct, job("a", { everyMs: 100_000 }));
  const lease = await open(direct);
  const out = await claimOne(direct, { lease, now: at(0) });
  assert.equal(await finish(direct, out, { outcome: lost, by: "server" }), "recorded");
  await world.raw("runs").deleteMany({});
  // The driver's own second try is lost too.
  world.cut("delete", 2);
  assert.equal(await finish(store, out), "stale");
  assert.equal(world.proxy.counts.struck, 2);
  assert.deepEqual(await runsOf(direct), []);
});

it("52 a caller's write that the database never takes is given up, though reading works", {
  skip,
  timeout: 60_000,
}, async () => {
  await using world = await BehindProxy.open(uri);
  await put(world.direct, job("a"), job("b"));
  for (const [slugs, command] of [
    [["a"], "findAndModify"],
    [["a", "b"], "update"],
  ] as const) {
    world.proxy.dropAfter(0, { command, always: true });
    const pausing = world.store.edit(slugs, (one) => pauseJob(one, "", editing(at(0))));
    await assert.rejects(pausing, { reason: "STORE_DOWN" });
    world.proxy.pass();
    assert.equal((await read(world.direct, "a")).pause, undefined);
  }
  await world.store.edit(["a"], (one) => pauseJob(one, "", editing(at(0))));
  assert.ok((await read(world.direct, "a")).pause);
});

for (const everyMs of [1_000, undefined]) {
  it(`29 the job's write of an outcome that somebody else has applied does not touch the next attempt (${everyMs ? "recurring" : "once"})`, {
    skip,
  }, async () => {
    await using world = await BehindProxy.open(uri);
    await put(world.direct, job("a", everyMs ? { everyMs } : {}));
    const lease = await open(world.direct);
    const out = await claimOne(world.direct, { lease, now: at(0) });
    const snoozed = { outcome: { type: "snoozed", delayMs: 0 } } as const;
    let next: Task | undefined;
    // The run is stored and the lock was seen: what is left is the write of the job.
    const recording = world.store.release([ending(out, everyMs ? {} : snoozed)]);
    const [answer] = await world.during("update", recording, async () => {
      assert.equal(await finish(world.direct, out), "recorded");
      next = await claimOne(world.direct, { lease, now: at(1) });
    });
    assert.equal(answer?.status, "recorded");
    assert.ok(next && next.lock.token !== out.lock.token && next.etag === out.etag);
    assert.deepEqual(await read(world.direct, "a"), next);
  });
}
