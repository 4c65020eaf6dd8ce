import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { pauseJob } from "../../src/core/edits.js";
import { CALLS, LEASE_CALLS } from "../faults/port-calls.js";
import { at } from "../store/suite/clock.js";
import { editing, job, put, range, read } from "../store/suite/jobs.js";
import { claimOne, ending, open, runsOf } from "../store/suite/tasks.js";
import { BehindProxy } from "./behind-proxy.js";
import { mongoServer } from "./server.js";

const server = await mongoServer();
const skip = "skip" in server ? server.skip : false;
const uri = "uri" in server ? server.uri : "";
if (!("skip" in server)) after(async () => await server.stop());

/** What any call may take on connections on which nothing comes back: the driver's two tries, each a socket's whole time. */
const MOST_MS = 22_000;
/** A lease's, whose client is less patient: more than one try is made before it is in doubt, after 20 s of the default TTL. */
const LEASE_MOST_MS = 7_000;

describe("connections on which nothing comes back", { concurrency: true }, () => {
  for (const [which, calls, mostMs] of [
    ["every call", CALLS, MOST_MS],
    ["every call for a lease", LEASE_CALLS, LEASE_MOST_MS],
  ] as const) {
    it(`46 ${which} fails within its bound, and works again once the network does`, {
      skip,
      timeout: 60_000,
    }, async (t) => {
      await using world = await BehindProxy.open(uri);
      const { store, direct, proxy } = world;
      await put(direct, job("a", { kind: "other" }), job("b"), job("c"));
      const lease = await open(direct);
      const out = await claimOne(direct, { lease, now: at(0), kinds: ["other"] });
      // On connections that are open already.
      await Promise.all(range(20).map(() => store.get("a")));
      await store.renewLease(lease);
      proxy.swallow();
      const began = performance.now();
      const took = await Promise.all(
        Object.entries(calls).map(async ([name, call]) => {
          await assert.rejects(call(store, out, lease), { reason: "STORE_DOWN" }, name);
          return [name, Math.round(performance.now() - began)] as const;
        }),
      );
      t.diagnostic(took.map(([name, ms]) => `${name} ${ms}`).join(", "));
      for (const [name, ms] of took) assert.ok(ms < mostMs, `${name} took ${ms} ms`);
      proxy.pass();
      assert.equal(await store.renewLease(lease), true);
      assert.equal((await store.leases()).find(({ id }) => id === lease)?.state, "live");
      assert.deepEqual(
        await store.adopt([{ slug: "a", token: out.lock.token }], lease, 9).then((all) => all.length),
        1,
      );
      assert.deepEqual((await store.release([ending(out)]))[0]?.status, "recorded");
      assert.equal((await runsOf(direct, "a")).length, 1);
      assert.equal(await direct.get("a"), undefined);
      assert.deepEqual((await read(direct, "b")).due, at(0));
    });
  }

  it("46 a lease is renewed while every other connection hangs, and the other way round", {
    skip,
    timeout: 60_000,
  }, async () => {
    for (const hangs of ["jobs", "leases"] as const) {
      await using world = await BehindProxy.open(uri);
      const { store, direct, proxy } = world;
      await put(direct, job("a"));
      const lease = await open(direct);
      const work = () => store.edit(["a"], (one) => pauseJob(one, "", editing(at(0))));
      const lasting = () => store.renewLease(lease);
      const [hung, free] = hangs === "jobs" ? [work, lasting] : [lasting, work];
      proxy.swallow({
        after: (bytes) => bytes.includes(Buffer.from(`\x02findAndModify\0${lengthOf(hangs)}${hangs}\0`)),
      });
      // Up to the whole pool of either.
      const waiting = range(25).map(() => hung().catch(() => "failed"));
      await proxy.until(({ struck }) => struck >= 2);
      for (const _ of range(5)) {
        const began = performance.now();
        await free();
        // Those that hang do so for 5 s and more.
        assert.ok(performance.now() - began < 4_000);
      }
      proxy.pass();
      await Promise.all(waiting);
    }
  });

  it("46 callers who list workers do not stand in the way of a renewal", { skip, timeout: 60_000 }, async () => {
    await using world = await BehindProxy.open(uri);
    const { store, direct, proxy } = world;
    const lease = await open(direct);
    await store.renewLease(lease);
    await Promise.all(range(20).map(() => store.get("a")));
    proxy.delay(25);
    const listing = Promise.all(range(200).map(() => store.listWorkers(undefined, 10)));
    await new Promise(setImmediate);
    const began = performance.now();
    assert.equal(await store.renewLease(lease), true);
    const tookMs = performance.now() - began;
    await listing;
    assert.ok(tookMs < 2_500, `a renewal waited ${tookMs} ms`);
  });
});

/** As a text's length is written, its zero included. */
function lengthOf(text: string): string {
  return `${String.fromCharCode(text.length + 1)}\0\0\0`;
}
