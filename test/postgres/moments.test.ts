import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { pauseJob } from "../../src/core/edits.js";
import { openPostgresStore } from "../../src/store/postgres/store.js";
import type { Store } from "../../src/store/store.js";
import { isEqual, withoutNames } from "../faults/outcomes.js";
import { TcpProxy } from "../faults/proxy.js";
import { at } from "../store/suite/clock.js";
import { editing, job, policy, put } from "../store/suite/jobs.js";
import { claim, finish, open, type Task } from "../store/suite/tasks.js";
import { postgresData } from "./data.js";
import { postgresServer } from "./server.js";
import { atPort, hostOf } from "./uri.js";

const server = await postgresServer();
const skip = "skip" in server ? server.skip : false;
const uri = "uri" in server ? server.uri : "";
if (!("skip" in server)) after(async () => await server.stop());

const LIST = { limit: 10, payloads: false };
const READS: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
  countJobs: (store) => store.countJobs(["mail", "other"]),
  kindsOfJobs: (store) => store.kindsOfJobs(10),
  "list of what is due": (store) => store.list({ ...LIST, filter: { dueBefore: at(1_000_000) } }),
  "list of what is due, by kinds": (store) =>
    store.list({ ...LIST, filter: { kinds: ["mail"], dueBefore: at(1_000_000) } }),
  "list of a kind": (store) => store.list({ ...LIST, filter: { kinds: ["mail"] } }),
  "list of what runs or waits": (store) =>
    store.list({ ...LIST, filter: { states: ["running", "retrying", "paused"] } }),
};

const waiting = async (store: Store) => await put(store, job("a", { everyMs: 1_000 }), job("b", { kind: "other" }));
const running = async (store: Store) => {
  await waiting(store);
  return (await claim(store, { lease: await open(store), now: at(0), kinds: ["mail"] }))[0] as Task;
};
const paused = async (store: Store) => {
  await waiting(store);
  await store.edit(["a"], (one) => pauseJob(one, "", editing(at(0))));
};

/** What happens to job a, the only one of its kind, while it is looked at. */
const STEPS: Readonly<Record<string, (store: Store) => Promise<() => Promise<unknown>>>> = {
  "is claimed": async (store) => {
    await waiting(store);
    const lease = await open(store);
    return () => claim(store, { lease, now: at(0), kinds: ["mail"] });
  },
  "ends, and waits for its next time": async (store) => {
    const out = await running(store);
    return () => finish(store, out);
  },
  "fails, and waits to be tried again": async (store) => {
    const out = await running(store);
    return () => finish(store, out, { outcome: { type: "failure", error: "no", permanent: false } });
  },
  dies: async (store) => {
    const out = await running(store);
    const outcome = { type: "failure", error: "no", permanent: true } as const;
    return () => finish(store, out, { outcome, policy: policy({}, { onExhausted: "dead" }) });
  },
  "is paused": async (store) => {
    await waiting(store);
    return () => store.edit(["a"], (one) => pauseJob(one, "", editing(at(0))));
  },
  "is paused, and moves on to another kind": async (store) => {
    await waiting(store);
    return () =>
      store.edit(["a"], (one) => {
        const { answer, write } = pauseJob(one, "", editing(at(0)));
        return write?.type === "put"
          ? { answer, write: { type: "put", job: { ...write.job, kind: "third" } } }
          : { answer };
      });
  },
  "is deleted while it is paused": async (store) => {
    await paused(store);
    return () => store.edit(["a"], () => ({ answer: 0, write: { type: "delete" } }));
  },
};

describe("what PostgreSQL is asked for is of one moment", { skip, concurrency: 4 }, () => {
  for (const [step, prepare] of Object.entries(STEPS)) {
    for (const [name, read] of Object.entries(READS)) {
      it(`${name}: a job ${step} behind any of its statements`, async () => {
        for (let n = 1, held = true; held; n++) {
          const data = postgresData(uri);
          const proxy = await TcpProxy.to(hostOf(uri));
          const direct = await data.open(() => at(0));
          const store = await openPostgresStore(atPort(data.url, proxy.port), { clock: () => at(0) });
          try {
            const happen = await prepare(direct);
            const before = withoutNames(await read(direct));
            // On a connection that is open already.
            await store.kindsOfJobs(1);
            let sent = 0;
            held = false;
            const reached = new Promise<void>((resolve) => {
              proxy.cutReply({
                always: true,
                after: () => {
                  if (sent++ === n) {
                    held = true;
                    proxy.hold();
                    resolve();
                  }
                  return false;
                },
              });
            });
            const reading = read(store);
            await Promise.race([reached, reading]);
            await happen();
            proxy.pass();
            const found = withoutNames(await reading);
            const behind = withoutNames(await read(direct));
            if (!isEqual(found, before)) assert.deepEqual(found, behind, `statement ${n}`);
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
