import assert from "node:assert/strict";
import { it } from "node:test";
import { setTimeout as span } from "node:timers/promises";
import { inspect } from "node:util";
import { Worker } from "@tickwire/client";
import { openStore } from "../../src/store/open.js";
import { ServerProcess, until } from "../database/servers.js";
import { temporaryFolder } from "../sqlite/fixtures.js";
import { runsOf } from "../store/suite/tasks.js";
import { clusterStore, type EngineName } from "./store.js";

export interface OutageOptions {
  /** The short outage costs no server its lease. Else one that can't know what its claim took leaves it, and opens another. */
  readonly keepsLeases: boolean;
}

export function outageTests(engine: EngineName, { keepsLeases }: OutageOptions): void {
  it("47 two servers that can't reach their database, for less than a TTL and for longer: nobody takes over, nothing is run twice", {
    timeout: 120_000,
  }, async (t) => {
    await using shared = await clusterStore(engine, 1, temporaryFolder(t));
    const store = await openStore(shared.url);
    try {
      await using one = await ServerProcess.start(shared.urlOf(0), "one");
      await using two = await ServerProcess.start(shared.urlOf(0), "two");
      const ran = new Map<string, number>();
      await using running = new Worker({ address: one.address, maxTasks: 5 })
        .handle("tick", ({ occurrenceId }) => void ran.set(occurrenceId, (ran.get(occurrenceId) ?? 0) + 1))
        .start();
      await running.ready;
      await two.client.scheduleJob({ slug: "tick", kind: "tick", trigger: { interval: { everyMs: 500 } } });
      const before = await store.leases();
      assert.equal(before.length, 2);
      await until(async () => ran.size > 1);

      const back = shared.away();
      await span(2_500);
      back();
      const seqs = new Map((await store.leases()).map(({ id, seq }) => [id, seq]));
      const renewed = async () =>
        (await store.leases()).filter(({ id, state, seq }) => state === "live" && seq > (seqs.get(id) ?? 0));
      await until(async () => (await renewed()).length === 2);
      const between = (await store.leases()).map(({ id, state }) => [id, state]);
      if (keepsLeases)
        assert.deepEqual(
          between,
          before.map(({ id }) => [id, "live"]),
        );
      else assert.ok(between.every(([, state]) => state !== "fenced"));
      const inBetween = ran.size;
      await until(async () => ran.size > inBetween);

      const backAgain = shared.away();
      const downAt = performance.now();
      // Both stop while nobody may have taken over yet: a TTL has not passed since their last renewal.
      await Promise.all([one, two].map((each) => each.answers(/can't renew its lease/)));
      assert.ok(performance.now() - downAt < 6_000);
      await span(15_000 - (performance.now() - downAt));
      backAgain();
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
      await store.close();
    }
  });
}
