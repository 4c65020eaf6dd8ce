import assert from "node:assert/strict";
import { test } from "node:test";
import { createService, type Service } from "../../src/service/service.js";
import type { FakeStream } from "./fake-worker.js";
import { type House, inHouse, type Server } from "./harness.js";
import { ready } from "./manual-clock.js";

// What is asked through one server, of tasks and workers that are another's: neither tells the other anything but by the store.

const POLL_MS = 1_000;

/** The use cases, as a caller of this server has them. */
function asking(house: House, { dispatch }: Server): Service {
  const { store, log, clock } = house;
  return createService({ store, dispatch, log, version: "0", clock });
}

const heard = ({ cancellations }: FakeStream) => cancellations.map(({ slug, reason }) => [slug, reason]);

test(
  "a cancel and a delete that are asked through the other server reach the worker within a poll",
  inHouse(async (house) => {
    const [one, two] = [await house.server(), await house.server()];
    const stream = house.worker().connect(one.dispatch);
    for (const slug of ["cancelled", "deleted", "left"]) await house.schedule(one, slug);
    const service = asking(house, two);
    await service.cancelRun("cancelled", "");
    await service.deleteJob({ slug: "deleted", etag: "", allowMissing: false });
    await house.clock.advance(POLL_MS);
    assert.deepEqual(heard(stream), [
      ["cancelled", "requested"],
      ["deleted", "job_deleted"],
    ]);
    const [task] = stream.tasks;
    assert.ok(task);
    stream.finish(task, { type: "cancelled" });
    await ready();
    assert.deepEqual([await house.states("cancelled"), await house.states("deleted")], [["cancelled"], ["cancelled"]]);
    for (const { id } of await house.store.leases()) assert.deepEqual(await house.store.cancels(id), []);
  }),
);

test(
  "and so they do where the other server has adopted the task, asked through the one that had it",
  inHouse(async (house) => {
    const [one, two] = [await house.server(), await house.server()];
    const worker = house.worker();
    const first = worker.connect(one.dispatch);
    for (const slug of ["cancelled", "deleted"]) await house.schedule(one, slug);
    first.cut();
    const second = worker.connect(two.dispatch);
    await ready();
    assert.equal(second.welcome?.adopted.length, 2);
    const service = asking(house, one);
    await service.cancelRun("cancelled", "");
    await service.deleteJob({ slug: "deleted", etag: "", allowMissing: false });
    await house.clock.advance(POLL_MS);
    assert.deepEqual(heard(second), [
      ["cancelled", "requested"],
      ["deleted", "job_deleted"],
    ]);
  }),
);

test(
  "a cancel whose notice was never left: asked again, or where the task is adopted, the worker hears all the same",
  inHouse(async (house) => {
    const [one, two] = [await house.server(), await house.server()];
    const [stays, goes] = [house.worker({ kinds: { stays: 1 } }), house.worker({ kinds: { goes: 1 } })];
    const [still, first] = [stays.connect(one.dispatch), goes.connect(one.dispatch)];
    for (const slug of ["stays", "goes"]) await house.schedule(one, slug, { kind: slug });
    const service = asking(house, two);
    for (const slug of ["stays", "goes"]) await service.cancelRun(slug, "");
    // The server that was asked ended between its two writes.
    await house.store.dropCancels([...stays.held.keys(), ...goes.held.keys()]);
    await house.clock.advance(POLL_MS);
    assert.deepEqual([heard(still), heard(first)], [[], []]);
    await service.cancelRun("stays", "");
    await house.clock.advance(POLL_MS);
    assert.deepEqual(heard(still), [["stays", "requested"]]);
    first.cut();
    const second = goes.connect(two.dispatch);
    await ready();
    assert.deepEqual(heard(second), [["goes", "requested"]]);
  }),
);

test(
  "a cancel and a delete that are asked while the task's server takes it to another lease of its own",
  inHouse(async (house) => {
    const [one, two] = [await house.server(), await house.server()];
    const stream = house.worker().connect(one.dispatch);
    for (const slug of ["cancelled", "deleted"]) await house.schedule(one, slug);
    const before = (await house.job("cancelled"))?.lock?.lease;
    // What a claim brought is not known: its lease must end.
    one.wire.hold.add("move");
    one.wire.loseAnswers.add("lock");
    await house.schedule(one, "lost");
    one.wire.loseAnswers.clear();
    const service = asking(house, two);
    await service.cancelRun("cancelled", "");
    await service.deleteJob({ slug: "deleted", etag: "", allowMissing: false });
    one.wire.letGo();
    await house.clock.advance(POLL_MS);
    assert.notEqual((await house.job("cancelled"))?.lock?.lease, before);
    const first = (slug: string) => stream.cancellations.find((one) => one.slug === slug)?.reason;
    assert.deepEqual([first("deleted"), first("cancelled")], ["lease_lost", "requested"]);
    const asked = () => one.wire.calls.filter((call) => call === "cancels").length;
    await house.schedule(one, "still");
    await house.clock.advance(20_000);
    const until = asked();
    await house.clock.advance(10_000);
    assert.ok(asked() - until <= (2 * 10_000) / POLL_MS, "the lease that is over is not asked for any more");
  }),
);

test(
  "a kind that is paused through the other server: nothing more of it after a poll, a run in progress ends first",
  inHouse(async (house) => {
    const [one, two] = [await house.server(), await house.server()];
    const stream = house.worker({ kinds: { mail: undefined, other: undefined } }).connect(one.dispatch);
    await house.schedule(one, "out");
    const service = asking(house, two);
    await service.pauseKind("mail", "deploy");
    await house.clock.advance(POLL_MS);
    await house.schedule(one, "waits");
    await house.schedule(one, "asked", { trigger: { type: "interval", everyMs: 86_400_000, anchor: house.time() } });
    await service.runJob("asked", "");
    await house.schedule(one, "other", { kind: "other" });
    stream.finish(stream.tasks[0] as never);
    await house.clock.advance(10_000);
    assert.deepEqual(
      stream.tasks.map(({ slug }) => slug),
      ["out", "other"],
    );
    assert.deepEqual(await house.states("out"), ["succeeded"]);
    for (const slug of ["waits", "asked"]) assert.equal((await service.getJob(slug)).waitingFor, "kind_paused");
    await service.resumeKind("mail");
    await house.clock.advance(POLL_MS);
    assert.deepEqual(stream.tasks.map(({ slug }) => slug).slice(2), ["asked", "waits"]);
  }),
);

test(
  "a kind that is paused through its own server: nothing of it is sent once that is answered, and what was being claimed goes back",
  inHouse(async (house) => {
    const server = await house.server();
    const service = asking(house, server);
    const stream = house.worker().connect(server.dispatch);
    await ready();
    server.wire.hold.add("lock");
    const { due } = await house.schedule(server, "a");
    await service.pauseKind("mail", "");
    server.wire.letGo();
    await house.clock.advance(5_000);
    assert.equal(stream.tasks.length, 0);
    const job = await house.job("a");
    assert.deepEqual([job?.lock, job?.attempt, job?.due], [undefined, 0, due]);
    const [handedBack] = await house.runsOf("a");
    assert.deepEqual(
      [handedBack?.state, handedBack?.error],
      ["released", "its kind was paused before the task was sent"],
    );
    await service.resumeKind("mail");
    await ready();
    assert.deepEqual(
      stream.tasks.map(({ attempt }) => attempt),
      [1],
    );
  }),
);

for (const leaseTtlMs of [6_000, 30_000, 600_000]) {
  test(
    `workers of the other server are listed as they were at most 5 s ago, with leases of ${leaseTtlMs} ms`,
    inHouse(
      async (house) => {
        const [one, two] = [await house.server(), await house.server()];
        const stream = house.worker({ pingMs: 500 }).connect(one.dispatch);
        const listed = async () => (await asking(house, two).listWorkers({ limit: 10 })).items[0];
        await house.clock.advance(100);
        assert.equal((await listed())?.running, 0);
        await house.schedule(one, "a");
        await house.clock.advance(5_000);
        assert.equal((await listed())?.running, 1);
        for (let i = 0; i < 30; i++) {
          await house.clock.advance(700);
          const seen = (await listed())?.lastSeenAt.getTime() ?? 0;
          assert.ok(house.time().getTime() - seen <= 5_500, `${house.time().getTime() - seen} ms ago`);
        }
        one.wire.down = true;
        stream.cut();
        await house.clock.advance(100);
        assert.ok(await listed());
        one.wire.down = false;
        await house.clock.advance(5_000);
        assert.equal(await listed(), undefined, "what the store could not be told is told later");
      },
      { leaseTtlMs },
    ),
  );
}
