import assert from "node:assert/strict";
import { after, it } from "node:test";
import { type Collection, type Db, MongoClient, MongoServerError } from "mongodb";
import { jobDoc } from "../../src/store/mongo/codec.js";
import { openMongoStore } from "../../src/store/mongo/store.js";
import { at } from "../store/suite/clock.js";
import { job, kind, put, range, read } from "../store/suite/jobs.js";
import { claim, listed, open, slugs } from "../store/suite/tasks.js";
import { mongoData } from "./data.js";
import { mongoServer } from "./server.js";

const server = await mongoServer();
const skip = "skip" in server ? server.skip : false;
if (!("skip" in server)) after(async () => await server.stop());

async function inDatabase(work: (url: string, db: Db) => Promise<void>): Promise<void> {
  const data = mongoData("uri" in server ? server.uri : "");
  const client = new MongoClient(data.url);
  try {
    await work(data.url, client.db());
  } finally {
    await client.close();
    await data.remove();
  }
}

it("51 ten stores that open at once on an empty database all work on the same collections", { skip }, async () => {
  await inDatabase(async (url) => {
    const stores = await Promise.all(range(10).map(() => openMongoStore(url)));
    await Promise.all(stores.map((store, n) => put(store, job(`j${n}`))));
    for (const store of stores) assert.equal((await listed(store)).length, 10);
    await Promise.all(stores.map((store) => store.close()));
  });
});

const INDEXES = {
  jobs: ["claim", "completed", "dead", "expiry", "kind", "paused", "recovery", "retrying", "slot"],
  runs: ["expiry", "kind", "slug", "time"],
  cancels: ["expiry", "lease"],
  workers: ["lease"],
  kinds: [],
  leases: [],
  wake: [],
} as const;

it("the indexes are these and no others; what expires does so at its own time", { skip }, async () => {
  await inDatabase(async (url, db) => {
    // Twice: what is there is left as it is.
    for (const _ of range(2)) await (await openMongoStore(url)).close();
    const names = (await db.listCollections().toArray()).map(({ name }) => name).sort();
    assert.deepEqual(names, Object.keys(INDEXES).sort());
    for (const [name, expected] of Object.entries(INDEXES)) {
      const indexes = await db.collection(name).listIndexes().toArray();
      assert.deepEqual(indexes.map((index) => String(index["name"])).sort(), ["_id_", ...expected].sort(), name);
      for (const index of indexes) {
        assert.equal(
          index["expireAfterSeconds"],
          index["name"] === "expiry" ? 0 : undefined,
          `${name} ${index["name"]}`,
        );
        assert.equal(index["unique"], index["name"] === "slot" ? true : undefined);
      }
    }
  });
});

it("with a clock of its own nothing goes by the server's", { skip }, async () => {
  await inDatabase(async (url, db) => {
    await (await openMongoStore(url, { clock: () => at(0) })).close();
    for (const name of ["jobs", "runs", "cancels"]) {
      for (const index of await db.collection(name).listIndexes().toArray()) {
        assert.equal(index["expireAfterSeconds"], undefined);
      }
    }
  });
});

it("the database refuses a job that breaks the invariant, whoever writes it", { skip }, async () => {
  await inDatabase(async (url, db) => {
    const store = await openMongoStore(url, { clock: () => at(0) });
    const jobs: Collection<{ _id: string }> = db.collection("jobs");
    await put(store, job("due"), job("locked", { kind: "other" }), job("paused", { pause: { reason: "", at: at(0) } }));
    await claim(store, { lease: await open(store), now: at(0), kinds: ["other"] });
    const { lock } = await read(store, "locked");
    for (const [slug, update] of [
      ["due", { $unset: { due: true } }],
      ["due", { $set: { due: at(1) } }],
      ["due", { $set: { lock } }],
      ["due", { $set: { dead: "exhausted" } }],
      ["due", { $set: { expireAt: at(1) } }],
      ["due", { $set: { pause: { reason: "", at: at(0) } } }],
      ["locked", { $set: { due: at(0) } }],
      ["locked", { $set: { expireAt: at(1) } }],
      ["locked", { $unset: { lock: true } }],
      ["paused", { $set: { due: at(0) } }],
      ["paused", { $unset: { pause: true } }],
    ] as const) {
      const written = jobs.updateOne({ _id: slug }, update);
      await assert.rejects(written, isRefused, `${slug} ${JSON.stringify(update)}`);
    }
    const { due, ...waiting } = jobDoc(job("direct"));
    await assert.rejects(jobs.insertOne(waiting), isRefused);
    await jobs.insertOne({ ...waiting, ...(due && { due }) });
    await store.close();
  });
});

function isRefused(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === 121;
}

it("a prefix in the URL gives collections of their own in the same database", { skip }, async () => {
  await inDatabase(async (url, db) => {
    const stores = await Promise.all(["", "?prefix=a_", "?prefix=b_"].map((query) => openMongoStore(`${url}${query}`)));
    for (const [n, store] of stores.entries()) {
      await put(store, job(`j${n}`));
      await store.putKind(kind(`k${n}`), undefined);
    }
    for (const [n, store] of stores.entries()) {
      assert.deepEqual(slugs(await listed(store)), [`j${n}`]);
      assert.deepEqual(
        (await store.listKinds()).map(({ name }) => name),
        [`k${n}`],
      );
      await store.close();
    }
    const names = (await db.listCollections().toArray()).map(({ name }) => name).sort();
    const all = Object.keys(INDEXES);
    assert.deepEqual(names, [...all, ...all.map((name) => `a_${name}`), ...all.map((name) => `b_${name}`)].sort());
    await assert.rejects(openMongoStore(`${url}?prefix=a-b`), { reason: "BAD_FIELD", message: /prefix must be/ });
  });
});
