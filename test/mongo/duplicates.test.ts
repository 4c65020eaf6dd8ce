import assert from "node:assert/strict";
import { after, it } from "node:test";
import { type Db, MongoServerError } from "mongodb";
import { cancelRun } from "../../src/core/edits.js";
import type { StoredJob } from "../../src/core/job.js";
import { collectionsOf } from "../../src/store/mongo/context.js";
import { putKind } from "../../src/store/mongo/kinds.js";
import { makeSchema } from "../../src/store/mongo/schema.js";
import { openMongoStore } from "../../src/store/mongo/store.js";
import { at } from "../store/suite/clock.js";
import { editing, job, kind, put, range } from "../store/suite/jobs.js";
import { worker } from "../store/suite/lease-cases.js";
import { claim, listed, open } from "../store/suite/tasks.js";
import { mongoData } from "./data.js";
import { mongoServer } from "./server.js";

const server = await mongoServer();
const skip = "skip" in server ? server.skip : false;
const uri = "uri" in server ? server.uri : "";
if (!("skip" in server)) after(async () => await server.stop());

it("51 what two insert at once is there once, and neither hears of the other: slugs, slots, kinds, workers, notices", {
  skip,
}, async () => {
  const data = mongoData(uri);
  const stores = await Promise.all(range(4).map(() => openMongoStore(data.url, { clock: () => at(0) })));
  const each = async <T>(call: (store: (typeof stores)[number], n: number) => Promise<T>) =>
    await Promise.all(range(16).map((n) => call(stores[n % 4] as (typeof stores)[number], n)));
  const [store] = stores;
  assert.ok(store);
  try {
    const jobs = range(8).map((n) => job(`j${n}`));
    await put(store, ...jobs);
    const leases = await each((one, n) => open(one, `s${n}`));
    for (const limit of [1, 3]) {
      // Single claims and batches draw from the same few slots.
      const claims = await each((one, n) =>
        claim(one, { lease: leases[n] ?? "", now: at(0), room: 1 + (n % 3), maxRunning: { mail: limit } }),
      );
      const locked: StoredJob[] = (await listed(store)).filter(({ lock }) => lock);
      assert.ok(locked.length <= limit && locked.length > 0);
      assert.ok(claims.flat().length <= limit);
      assert.equal(new Set(locked.map(({ lock }) => lock?.slot)).size, locked.length);
    }
    const created = await each(async (one) => (await one.create([{ job: job("same"), retry: false }]))[0]?.status);
    assert.deepEqual(
      created.filter((status) => status !== "exists"),
      ["created"],
    );
    const written = await each((one, n) => one.putKind(kind("k", { etag: `e${n}` }), undefined));
    assert.equal(written.filter(Boolean).length, 1);
    for (const round of range(5)) {
      await each((one, n) => one.putWorkers(leases[n] ?? "", [worker(`w${round}`)], []));
      assert.equal((await store.listWorkers(undefined, 100)).items.length, round + 1);
    }
    const [out] = (await listed(store)).filter(({ lock }) => lock);
    assert.ok(out?.lock);
    await each((one) => one.edit([out.slug], (read) => cancelRun(read, "", editing(at(0)))));
    assert.equal((await store.cancels(out.lock.lease)).length, 1);
  } finally {
    for (const one of stores) await one.close();
    await data.remove();
  }
});

/** A database that has no collections yet, makes whatever is asked for, and refuses a unique index as a sharded one does. */
function shardedDb(): { db: Db; asked: string[] } {
  const asked: string[] = [];
  const collection = (name: string) => ({
    collectionName: name,
    listIndexes: () => ({ toArray: async () => [{ name: "_id_" }] }),
    createIndex: async (_keys: unknown, options: { name: string; unique?: boolean }) => {
      asked.push(`${name}.${options.name}`);
      if (options.unique) throw new MongoServerError({ message: "cannot create unique index", code: 67 });
    },
  });
  const db = {
    collection,
    createCollection: async () => {},
    listCollections: () => ({ toArray: async () => [] }),
    command: async () => ({}),
  };
  return { db: db as unknown as Db, asked };
}

it("51 where jobs are sharded the slots' index is refused, all others are made, and a limit is refused with the reason", async () => {
  const { db, asked } = shardedDb();
  const collections = collectionsOf({ db }, { db }, "");
  const made = await makeSchema(db, collections, true);
  assert.equal(made.sharded, true);
  assert.ok(asked.includes("jobs.slot") && asked.includes("jobs.kind") && asked.includes("jobs.expiry"));
  const context = { ...collections, sharded: made.sharded } as Parameters<typeof putKind>[0];
  await assert.rejects(putKind(context, kind("k", { maxRunning: 3 }), undefined), {
    reason: "NOT_IMPLEMENTED",
    message: /max_running is not to be had on this store: its jobs are spread over shards/,
  });
});
