import assert from "node:assert/strict";
import { after, it } from "node:test";
import { silentLog } from "../../src/core/log.js";
import { arrays, type Columns, table } from "../../src/store/postgres/columns.js";
import { Database, Statements } from "../../src/store/postgres/database.js";
import { postgresServer } from "./server.js";

const server = await postgresServer();
const skip = "skip" in server ? server.skip : false;
if (!("skip" in server)) after(async () => await server.stop());

it("rows cross to the database as they are, whatever they hold", { skip }, async () => {
  const columns: Columns = [
    ["text", "text"],
    ["number", "bigint"],
    ["flag", "boolean"],
    ["bytes", "bytea"],
  ];
  const texts = [
    "",
    "NULL",
    "null",
    "a,b",
    "{",
    "}",
    "{}",
    '"',
    "\\",
    '\\"',
    "'",
    " ",
    "\n",
    "\u0001",
    "é😀",
    "\\x00",
    null,
  ];
  const rows = texts.map((text, n) => {
    const bytes = n % 3 ? Uint8Array.from({ length: n }, (_, k) => (k * 89) % 256) : null;
    return [text, n % 2 ? Number.MAX_SAFE_INTEGER - n : null, n % 2 === 0, bytes];
  });
  const uri = "uri" in server ? server.uri : "";
  const db = new Database({ url: uri, connections: 1, statements: new Statements("none"), log: silentLog });
  try {
    const back = await db.rows(`SELECT text, number, flag, bytes FROM ${table("w", columns)} ORDER BY n`, [
      ...arrays(columns, rows),
    ]);
    assert.deepEqual(
      back.map(([text, number, flag, bytes]) => [text, number, flag, bytes && new Uint8Array(bytes as Uint8Array)]),
      rows,
    );
    assert.deepEqual(await db.rows(`SELECT text FROM ${table("w", columns)}`, [...arrays(columns, [])]), []);
  } finally {
    await db.close();
  }
});
