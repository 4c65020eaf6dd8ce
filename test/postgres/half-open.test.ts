import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { pauseJob } from "../../src/core/edits.js";
import { openPostgresStore } from "../../src/store/postgres/store.js";
import type { Store } from "../../src/store/store.js";
import { CALLS, LEASE_CALLS } from "../faults/port-calls.js";
import { TcpProxy } from "../faults/proxy.js";
import { at } from "../store/suite/clock.js";
import { editing, job, put, range, read } from "../store/suite/jobs.js";
import { claimOne, ending, open, runsOf } from "../store/suite/tasks.js";
import { postgresData } from "./data.js";
import { postgresServer } from "./server.js";
import { atPort, hostOf } from "./uri.js";

const server = await postgresServer();
const skip = "skip" in server ? server.skip : false;
const uri = "uri" in server ? server.uri : "";
if (!("skip" in server)) after(async () => await server.stop());

/** What any call may take on connections on which nothing comes back: waiting for one of ten, then for its answer, and once more. */
const MOST_MS = 22_000;
/** A lease's, of which one is on its way at a time. */
const LEASE_MOST_MS = 14_000;

async function behindProxy(work: (store: Store, direct: Store, proxy: TcpProxy) => Promise<void>): Promise<void> {
  const data = postgresData(uri);
  const proxy = await TcpProxy.to(hostOf(uri));
  const direct = await data.open(() => at(0));
  const store = await openPostgresStore(atPort(data.url, proxy.port), { clock: () => at(0) });
  try {
    await work(store, direct, proxy);
  } finally {
    proxy.up();
    await Promise.all([store.close(), direct.close()]);
    await data.remove();
    await proxy.close();
  }
}

describe("connections to PostgreSQL on which nothing comes back", { skip, concurrency: true }, () => {
  for (const [which, calls, mostMs] of [
    ["every call", CALLS, MOST_MS],
    ["every call for a lease", LEASE_CALLS, LEASE_MOST_MS],
  ] as const) {
    it(`46 ${which} fails within its bound, and works again once the network does`, { timeout: 60_000 }, async (t) => {
      await behindProxy(async (store, direct, proxy) => {
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
        assert.deepEqual((await store.release([ending(out)]))[0]?.status, "recorded");
        assert.equal((await runsOf(direct, "a")).length, 1);
        assert.equal(await direct.get("a"), undefined);
        assert.deepEqual((await read(direct, "b")).due, at(0));
      });
    });
  }

  it("46 a lease is renewed while every other connection hangs", { timeout: 60_000 }, async () => {
    await behindProxy(async (store, direct, proxy) => {
      await put(direct, job("a"));
      const lease = await open(direct);
      await store.renewLease(lease);
      // Once it is known by its name alone, a statement can't be told from others: a new one can.
      proxy.swallow({ after: (bytes) => bytes.includes("FROM") && !bytes.includes("leases") });
      const waiting = range(25).map(() =>
        store.edit(["a"], (one) => pauseJob(one, "", editing(at(0)))).catch(() => "failed"),
      );
      await proxy.until(({ struck }) => struck >= 2);
      for (const _ of range(5)) {
        const began = performance.now();
        assert.equal(await store.renewLease(lease), true);
        assert.ok(performance.now() - began < 2_000);
      }
      proxy.pass();
      await Promise.all(waiting);
    });
  });
});
