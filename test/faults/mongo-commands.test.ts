import assert from "node:assert/strict";
import { test } from "node:test";
import { BSON } from "mongodb";
import { commandOf, MongoCommands } from "./mongo-commands.js";

function message(body: object, opcode = 2013): Buffer {
  const bson = BSON.serialize(body);
  const bytes = Buffer.alloc(16 + 4 + 1 + bson.length);
  bytes.writeInt32LE(bytes.length, 0);
  bytes.writeInt32LE(opcode, 12);
  bytes.set(bson, 21);
  return bytes;
}

const insert = message({ insert: "jobs", documents: [{ text: "x".repeat(500) }] });
const find = message({ find: "jobs" });

test("a message's command is its body's first key; a compressed message has none that is seen", () => {
  assert.equal(commandOf(insert), "insert");
  assert.equal(commandOf(message({ findAndModify: "jobs" })), "findAndModify");
  assert.equal(commandOf(message({ insert: "jobs" }, 2012)), undefined);
  assert.equal(commandOf(Buffer.from("hello")), undefined);
});

test("every command is named once, however the bytes are cut", () => {
  const all = Buffer.concat([insert, message({ ping: 1 }, 2012), find, insert]);
  for (const size of [1, 2, 3, 5, 7, 16, 27, 64, 100, 1_000, all.length]) {
    const commands = new MongoCommands();
    const names: string[] = [];
    for (let at = 0; at < all.length; at += size) names.push(...commands.push(all.subarray(at, at + size)));
    assert.deepEqual(names, ["insert", "find", "insert"], `by ${size}`);
  }
});

test("another protocol has no commands", () => {
  const commands = new MongoCommands();
  assert.deepEqual(commands.push(Buffer.from("hello, this is no MongoDB")), []);
  assert.deepEqual(commands.push(find), []);
});
