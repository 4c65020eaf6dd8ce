import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { MongoClient } from "mongodb";
import { type MongoServer, type MongoServerOptions, mongoServer } from "./server.js";

/** Absent: there is none, and the test is skipped. */
async function serverFor(t: TestContext, options?: MongoServerOptions): Promise<MongoServer | undefined> {
  const server = await mongoServer(options);
  if ("skip" in server) {
    t.skip(server.skip);
    return undefined;
  }
  t.after(async () => await server.stop());
  return server;
}

async function within<T>(server: MongoServer, work: (client: MongoClient) => Promise<T>): Promise<T> {
  const client = new MongoClient(server.uri);
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

describe("a MongoDB for tests", { timeout: 120_000 }, () => {
  test("takes writes, in transactions too, and is gone after stop", async (t) => {
    const server = await serverFor(t, { mayKill: true });
    if (!server) return;
    await within(server, async (client) => {
      const jobs = client.db("tickwire").collection<{ _id: string }>("jobs");
      await jobs.insertOne({ _id: "a" });
      await client.withSession(async (session) => {
        await session.withTransaction(async () => {
          await jobs.insertOne({ _id: "b" }, { session });
        });
      });
      assert.equal(await jobs.countDocuments(), 2);
    });
    await server.stop();
    await server.stop();
    const client = new MongoClient(server.uri, { serverSelectionTimeoutMS: 100 });
    await assert.rejects(client.connect());
    await client.close();
  });

  test("keeps what it acknowledged over kill -9 and a restart at the same address", async (t) => {
    const server = await serverFor(t, { mayKill: true, syncOnCommit: true });
    if (!server) return;
    const { uri, pid } = server;
    await within(server, async (client) => {
      await client.db("tickwire").collection<{ _id: string }>("jobs").insertOne({ _id: "a" });
      await server.kill();
      await server.kill();
      await server.restart();
    });
    assert.equal(server.uri, uri);
    if (pid !== undefined) assert.notEqual(server.pid, pid);
    await within(server, async (client) => {
      assert.equal(await client.db("tickwire").collection("jobs").countDocuments(), 1);
    });
  });
});
