import assert from "node:assert/strict";
import { it } from "node:test";
import pg from "pg";
import { postgresServer } from "./server.js";

const found = await postgresServer({ own: true });
const skip = "skip" in found ? found.skip : false;

it("a server of the test's own keeps its data over a kill and a restart", { skip }, async () => {
  assert.ok(!("skip" in found));
  const ask = async (sql: string): Promise<unknown[]> => {
    const client = new pg.Client(found.uri);
    await client.connect();
    try {
      return (await client.query({ text: sql, rowMode: "array" })).rows;
    } finally {
      await client.end();
    }
  };
  try {
    await ask("CREATE TABLE t (n int)");
    await ask("INSERT INTO t VALUES (1)");
    const first = found.pid;
    await found.kill();
    assert.equal(found.pid, undefined);
    await found.restart();
    assert.notEqual(found.pid, first);
    assert.deepEqual(await ask("SELECT n FROM t"), [[1]]);
    await found.restart();
    assert.deepEqual(await ask("SELECT n FROM t"), [[1]]);
  } finally {
    await found.stop();
    await found.stop();
  }
});
