import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import type { StoredJob } from "../../src/core/job.js";
import { openPostgresStore } from "../../src/store/postgres/store.js";
import type { Store } from "../../src/store/store.js";
import { GIVEN_UP, givenUp } from "../faults/outcomes.js";
import { TcpProxy } from "../faults/proxy.js";
import { at } from "../store/suite/clock.js";
import { job, put, range } from "../store/suite/jobs.js";
import { claim, ending, listed, losing, open, type Task } from "../store/suite/tasks.js";
import { postgresData } from "./data.js";
import { postgresServer } from "./server.js";
import { atPort, hostOf } from "./uri.js";

const server = await postgresServer();
const skip = "skip" in server ? server.skip : false;
const uri = "uri" in server ? server.uri : "";
if (!("skip" in server)) after(async () => await server.stop());

const COUNT = 5;

/** A lease has ended: what it had claimed is settled as lost, and each job runs once more. Answers how many there were. */
async function recovered(store: Store): Promise<number> {
  const orphans = (await store.orphans(undefined, 100)) as Task[];
  for (const { status } of await store.release(orphans.map((out) => losing(out)))) assert.equal(status, "recorded");
  const taken = await claim(store, { lease: await open(store, "next"), now: at(1_000_000) });
  assert.equal(taken.length, COUNT);
  for (const { status } of await store.release(taken.map((out) => ending(out)))) assert.equal(status, "recorded");
  assert.deepEqual(await listed(store), []);
  return orphans.length;
}

describe("a claim on PostgreSQL that is cut off", { skip, concurrency: 3 }, () => {
  for (const limited of [false, true]) {
    for (const fault of ["cut", "drop"] as const) {
      it(`45 ${limited ? "of a kind with a limit, " : ""}each message ${fault}: it knows what it has, or its lease must end`, async () => {
        for (let n = 0, struck = true; struck; n++) {
          const data = postgresData(uri);
          const proxy = await TcpProxy.to(hostOf(uri));
          const direct = await data.open(() => at(0));
          const store = await openPostgresStore(atPort(data.url, proxy.port), { clock: () => at(0) });
          try {
            await put(direct, ...range(COUNT).map((k) => job(`j${k}`)));
            const lease = await open(direct);
            let sent = 0;
            const which = { after: () => sent++ === n };
            const struckBy = fault === "cut" ? proxy.cutReply(which) : proxy.dropAfter(0, which);
            const limits = limited ? { maxRunning: { mail: COUNT } } : {};
            const taken = await claim(store, { lease, now: at(0), ...limits }).catch(givenUp);
            struck = struckBy.times > 0;
            proxy.pass();
            const locked = (await listed(direct)).filter((one) => one.lock);
            if (taken !== GIVEN_UP) assert.deepEqual(taken as StoredJob[], locked);
            if (taken !== GIVEN_UP) assert.equal(locked.length, COUNT);
            await direct.closeLease(lease);
            assert.equal(await recovered(direct), locked.length);
          } finally {
            proxy.up();
            await Promise.all([store.close(), direct.close()]);
            await data.remove();
            await proxy.close();
          }
        }
      });
    }
  }
});
