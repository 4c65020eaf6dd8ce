import assert from "node:assert/strict";
import { after, it } from "node:test";
import { setTimeout as span } from "node:timers/promises";
import { inspect } from "node:util";
import { Worker } from "@tickwire/client";
import { ServerProcess, until } from "../database/servers.js";
import { hostOf } from "../faults/mongo-uri.js";
import { TcpProxy } from "../faults/proxy.js";
import { runsOf } from "../store/suite/tasks.js";
import { mongoData } from "./data.js";
import { mongoServer } from "./server.js";

const server = await mongoServer();
const skip = "skip" in server ? server.skip : false;
const uri = "uri" in server ? server.uri : "";
if (!("skip" in server)) after(async () => await server.stop());

it("47 two servers that can't reach their database, for less than a TTL and for longer: nobody takes over, nothing is run twice", {
  skip,
  timeout: 120_000,
}, async () => {
  const data = mongoData(uri);
  const store = await data.open(() => new Date());
  const proxy = await TcpProxy.to(hostOf(uri));
  try {
    await using one = await ServerProcess.start(proxy.uri(data.url), "one");
    await using two = await ServerProcess.start(proxy.uri(data.url), "two");
    const ran = new Map<string, number>();
    await using running = new Worker({ address: one.address, maxTasks: 5 })
      .handle("tick", ({ occurrenceId }) => void ran.set(occurrenceId, (ran.get(occurrenceId) ?? 0) + 1))
      .start();
    await running.ready;
    await two.client.scheduleJob({ slug: "tick", kind: "tick", trigger: { interval: { everyMs: 500 } } });
    const before = await store.leases();
    assert.equal(before.length, 2);
    await until(async () => ran.size > 1);

    proxy.down();
    await span(2_500);
    proxy.up();
    const seqs = new Map((await store.leases()).map(({ id, seq }) => [id, seq]));
    await until(async () => (await store.leases()).every(({ id, seq }) => seq > (seqs.get(id) ?? 0)));
    assert.deepEqual(
      (await store.leases()).map(({ id, state }) => [id, state]),
      before.map(({ id }) => [id, "live"]),
    );
    const inBetween = ran.size;
    await until(async () => ran.size > inBetween);

    proxy.down();
    const downAt = performance.now();
    // Both stop while nobody may have taken over yet: a TTL has not passed since their last renewal.
    await Promise.all([one, two].map((each) => each.answers(/can't renew its lease/)));
    assert.ok(performance.now() - downAt < 6_000);
    await span(15_000 - (performance.now() - downAt));
    proxy.up();
    const upAgain = ran.size;
    await Promise.all([one, two].map((each) => each.answers(undefined)));
    await until(async () => ran.size > upAgain + 2);
    await until(async () => (await store.leases()).filter(({ state }) => state === "live").length === 2);
    const leases = await store.leases();
    assert.deepEqual(
      leases.filter(({ state }) => state === "fenced"),
      [],
    );
    assert.ok(before.every(({ id }) => leases.find((lease) => lease.id === id)?.state === "left"));
    for (const { lines } of [one, two]) {
      assert.ok(!lines.some(({ msg }) => msg === "a server is gone; its lease was taken over"));
    }
    // What was missed runs once or not at all, as the policy says; nothing runs twice.
    for (const [occurrence, times] of ran) assert.equal(times, 1, occurrence);
    const runs = await runsOf(store);
    const [succeeded, others] = [
      runs.filter(({ state }) => state === "succeeded"),
      runs.filter(({ state }) => state !== "succeeded"),
    ];
    assert.equal(new Set(succeeded.map(({ occurrence }) => occurrence.getTime())).size, succeeded.length);
    // Each outage may have swallowed the answer to a claim: that task never began, and `ran` knows nothing of it.
    assert.ok(
      others.length <= 2 && others.every(({ state }) => state === "lost" || state === "released"),
      inspect(others),
    );
  } finally {
    await proxy.close();
    await store.close();
    await data.remove();
  }
});
