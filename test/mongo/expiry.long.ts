import assert from "node:assert/strict";
import { it } from "node:test";
import { MongoClient } from "mongodb";
import { openMongoStore } from "../../src/store/mongo/store.js";
import { until } from "../database/servers.js";
import { job, policy, put } from "../store/suite/jobs.js";
import { claim, ending, open } from "../store/suite/tasks.js";
import { mongoData } from "./data.js";
import { mongoServer } from "./server.js";

it("15 the database itself removes runs and completed jobs that have expired, and nothing else", {
  timeout: 10 * 60_000,
}, async (t) => {
  const server = await mongoServer();
  if ("skip" in server) return t.skip(server.skip);
  await using database = server;
  const data = mongoData(database.uri);
  const store = await openMongoStore(data.url);
  const client = new MongoClient(data.url);
  try {
    const now = await store.now();
    await put(store, job("short", { dueAt: now }), job("long", { dueAt: now }), job("later", { dueAt: now }));
    const lease = await open(store);
    const taken = await claim(store, { lease, now });
    // Completed a second ago as far as its retention goes, and in an hour.
    const writes = taken
      .filter(({ slug }) => slug !== "later")
      .map((out) => ending(out, { policy: policy({ jobRetentionMs: out.slug === "short" ? 1_000 : 3_600_000 }) }));
    for (const { status } of await store.release(writes)) assert.equal(status, "recorded");
    const runs = client.db().collection("runs");
    await runs.updateOne({ slug: "short" }, { $set: { expireAt: now } });
    // MongoDB looks once a minute, and so may the stand-in.
    await until(async () => (await store.get("short")) === undefined && (await runs.countDocuments()) === 1);
    assert.ok(await store.get("long"));
    assert.ok((await store.get("later"))?.lock);
  } finally {
    await client.close();
    await store.close();
    await data.remove();
  }
});
