import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, it } from "node:test";
import { MongoClient } from "mongodb";
import { WireMessages } from "../../bench/mongo/wire-messages.js";
import { WireMeter } from "../../bench/mongo/wire-meter.js";
import { mongoServer } from "../mongo/server.js";

const server = await mongoServer();
const skip = "skip" in server ? server.skip : false;
if (!("skip" in server)) after(async () => await server.stop());

interface Doc {
  readonly _id: number;
  readonly a: number;
}

it("counts each command of a client, and the documents that it wrote, and nothing that its driver does by itself", {
  skip,
}, async () => {
  await using meter = await WireMeter.before("uri" in server ? server.uri : "");
  await using client = new MongoClient(meter.uri);
  await client.connect();
  const db = client.db(`tickwire_test_${randomBytes(8).toString("hex")}`);
  const docs = db.collection<Doc>("docs");
  try {
    const cases: readonly (readonly [what: string, work: () => Promise<unknown>, commands: number, written: number])[] =
      [
        ["an insert", async () => await docs.insertOne({ _id: 0, a: 0 }), 1, 1],
        ["inserts", async () => await docs.insertMany([1, 2, 3].map((n) => ({ _id: n, a: 0 }))), 1, 3],
        ["an update of many", async () => await docs.updateMany({ _id: { $gt: 0 } }, { $inc: { a: 1 } }), 1, 3],
        ["an update of none", async () => await docs.updateOne({ _id: 9 }, { $inc: { a: 1 } }), 1, 0],
        ["an upsert", async () => await docs.updateOne({ _id: 4 }, { $inc: { a: 1 } }, { upsert: true }), 1, 1],
        ["a find and update", async () => await docs.findOneAndUpdate({ _id: 1 }, { $inc: { a: 1 } }), 1, 1],
        ["one that finds none", async () => await docs.findOneAndUpdate({ _id: 9 }, { $inc: { a: 1 } }), 1, 0],
        ["a find in two batches", async () => await docs.find({}, { batchSize: 3 }).toArray(), 2, 0],
        ["deletes", async () => await docs.deleteMany({ _id: { $lt: 2 } }), 1, 2],
        [
          "a bulk of two kinds",
          async () =>
            await docs.bulkWrite([
              { insertOne: { document: { _id: 7, a: 0 } } },
              { updateOne: { filter: { _id: 7 }, update: { $set: { a: 2 } } } },
            ]),
          2,
          2,
        ],
      ];
    for (const [what, work, commands, written] of cases) {
      meter.reset();
      await work();
      assert.deepEqual(meter.operations, { commands, written }, what);
    }
  } finally {
    await db.dropDatabase();
  }
});

it("cuts messages out of bytes that come in any chunks", () => {
  const message = (id: number, size: number): Buffer => {
    const bytes = Buffer.alloc(size, id);
    bytes.writeInt32LE(size, 0);
    bytes.writeInt32LE(id, 4);
    bytes.writeInt32LE(id - 1, 8);
    return bytes;
  };
  const sent = [message(1, 16), message(2, 57), message(3, 1_000)];
  const all = Buffer.concat(sent);
  for (const size of [1, 3, 16, 17, 100, all.length]) {
    const messages = new WireMessages();
    const got = [];
    for (let from = 0; from < all.length; from += size) got.push(...messages.push(all.subarray(from, from + size)));
    assert.deepEqual(
      got,
      sent.map((bytes, n) => ({ id: n + 1, answers: n, bytes })),
      `chunks of ${size}`,
    );
  }
});
