import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { MongoClient, type MongoClientOptions, MongoNetworkError } from "mongodb";
import { hostOf } from "../faults/mongo-uri.js";
import { TcpProxy } from "../faults/proxy.js";
import { type MongoServer, mongoServer } from "./server.js";

describe("a proxy in front of a MongoDB", { timeout: 120_000 }, async () => {
  const found = await mongoServer({ mayKill: true });
  if ("skip" in found) {
    test("", { skip: found.skip }, () => {});
    return;
  }
  const server: MongoServer = found;
  let proxy: TcpProxy;
  before(async () => {
    proxy = await TcpProxy.to(hostOf(server.uri));
  });
  after(async () => {
    await proxy.close();
    await server.stop();
  });

  /** A collection of its own by way of the proxy, on connections that are open already. */
  async function within(
    name: string,
    options: MongoClientOptions,
    work: (jobs: ReturnType<typeof jobsOf>) => Promise<void>,
  ): Promise<void> {
    const client = new MongoClient(proxy.uri(server.uri), options);
    try {
      const jobs = jobsOf(client, name);
      await jobs.insertOne({ _id: "first" });
      await work(jobs);
    } finally {
      await client.close();
    }
  }

  function jobsOf(client: MongoClient, name: string) {
    return client.db("tickwire").collection<{ _id: string }>(name);
  }

  test("a write whose answer was cut is done, and its client doesn't know", async () => {
    await within("cut", { retryWrites: false }, async (jobs) => {
      const cut = proxy.cutReply({ command: "insert" });
      assert.equal(await jobs.countDocuments(), 1);
      await assert.rejects(jobs.insertOne({ _id: "a" }), MongoNetworkError);
      assert.equal(cut.times, 1);
      assert.equal(await jobs.countDocuments({ _id: "a" }), 1);
    });
  });

  test("a retryable write whose answer was cut is done once, and its client is told", async () => {
    await within("retried", { retryWrites: true }, async (jobs) => {
      const cut = proxy.cutReply({ command: "insert" });
      await jobs.insertOne({ _id: "a" });
      assert.equal(cut.times, 1);
      assert.equal(await jobs.countDocuments({ _id: "a" }), 1);
    });
  });

  test("a write that was dropped is not done, though its beginning came", async () => {
    await within("dropped", { retryWrites: false }, async (jobs) => {
      for (const bytes of [0, 60]) {
        const drop = proxy.dropAfter(bytes, { command: "insert" });
        await assert.rejects(jobs.insertOne({ _id: "a" }), MongoNetworkError);
        assert.equal(drop.times, 1);
      }
      assert.equal(await jobs.countDocuments({ _id: "a" }), 0);
    });
  });
});
