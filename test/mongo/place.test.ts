import assert from "node:assert/strict";
import { it } from "node:test";
import { TickwireError } from "../../src/core/errors.js";
import { silentLog } from "../../src/core/log.js";
import { clientsOf, placeOf } from "../../src/store/mongo/connect.js";
import { openStore } from "../../src/store/open.js";

const CASES: readonly (readonly [given: string, url: string, database: string, prefix: string])[] = [
  ["mongodb://h", "mongodb://h", "tickwire", ""],
  ["mongodb://h/", "mongodb://h/", "tickwire", ""],
  ["mongodb://h/jobs", "mongodb://h/jobs", "jobs", ""],
  ["mongodb://h/?replicaSet=rs0", "mongodb://h/?replicaSet=rs0", "tickwire", ""],
  ["mongodb://h?replicaSet=rs0", "mongodb://h/?replicaSet=rs0", "tickwire", ""],
  ["mongodb://u:p%40@a:1,b:2/jobs?prefix=x_&w=1", "mongodb://u:p%40@a:1,b:2/jobs?w=1", "jobs", "x_"],
  ["mongodb+srv://u:p@h/jobs?prefix=x", "mongodb+srv://u:p@h/jobs", "jobs", "x"],
];

for (const [given, url, database, prefix] of CASES) {
  it(`the URL ${given} names a place`, () => {
    assert.deepEqual(placeOf(given), { url, database, prefix });
  });
}

const isBadField = (error: unknown, words: RegExp): boolean =>
  error instanceof TickwireError && error.reason === "BAD_FIELD" && words.test(error.message);

it("a wrong prefix and what the driver does not take are refused, without the password", async () => {
  for (const prefix of ["a.b", "$", "x".repeat(41), "%00"]) {
    assert.throws(
      () => placeOf(`mongodb://u:secret@h/?prefix=${prefix}`),
      (error) => isBadField(error, /prefix/) && !String(error).includes("secret"),
    );
  }
  for (const url of ["mongodb://", "mongodb://u:secret@h/?noSuchOption=1", "mongodb://u:secret@h:port/"]) {
    await assert.rejects(openStore(url), (error) => isBadField(error, /URL/) && !String(error).includes("secret"));
  }
});

it("writes wait for a majority and are retried, whatever the URL says", async () => {
  const { work, leases, close } = clientsOf(placeOf("mongodb://h/jobs?w=1&retryWrites=false"), silentLog);
  for (const { db } of [work, leases]) {
    const { writeConcern, retryWrites } = db.client.options;
    assert.deepEqual([writeConcern?.w, retryWrites], ["majority", true]);
  }
  await close();
});
