import assert from "node:assert/strict";
import { after, it } from "node:test";
import { type Log, silentLog } from "../../src/core/log.js";
import { Database, Statements } from "../../src/store/postgres/database.js";
import { DeadRows } from "../../src/store/postgres/dead-rows.js";
import { openPostgresStore } from "../../src/store/postgres/store.js";
import { postgresData, withClient } from "./data.js";
import { postgresServer } from "./server.js";

const server = await postgresServer({ own: true });
const skip = "skip" in server ? server.skip : false;
const uri = "uri" in server ? server.uri : "";
if (!("skip" in server)) after(async () => await server.stop());

it("a transaction that stays open is told, with its process, once in a while", { skip }, async () => {
  const { url, schema, remove } = postgresData(uri);
  await (await openPostgresStore(url)).close();
  const told: [object, string][] = [];
  const log: Log = { ...silentLog, warn: (facts: object, message: string) => void told.push([facts, message]) };
  const db = new Database({ url: uri, connections: 1, statements: new Statements(schema), log });
  await withClient(uri, async (client) => {
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
    const { rows } = await client.query("SELECT pg_backend_pid() AS pid");
    const deadRows = new DeadRows(db, log);
    for (const _ of ["told", "not yet again"]) await deadRows.look(0);
    assert.deepEqual(
      told.map(([facts, message]) => [(facts as { pid: number }).pid, message]),
      [[rows[0].pid, "a long transaction keeps dead rows in PostgreSQL, and slows claims"]],
    );
  });
  await db.close();
  await remove();
});
