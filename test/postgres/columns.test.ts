import assert from "node:assert/strict";
import { after, it } from "node:test";
import { silentLog } from "../../src/core/log.js";
import { arrays, type Columns, table } from "../../src/store/postgres/columns.js";
import { Database, Statements } from "../../src/store/postgres/database.js";
import { isFault } from "../../src/store/postgres/failure.js";
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
    ["small", "smallint"],
    ["middle", "int"],
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
    const far = n % 4 === 1 ? Number.MAX_SAFE_INTEGER - n : n - Number.MAX_SAFE_INTEGER;
    return [text, n % 2 ? far : null, n % 2 === 0, bytes, n - 9, n * 2 ** 26 - 2 ** 30];
  });
  const uri = "uri" in server ? server.uri : "";
  const db = new Database({ url: uri, connections: 1, statements: new Statements("none"), log: silentLog });
  try {
    const back = await db.rows(
      `SELECT text, number, flag, bytes, small, middle FROM ${table("w", columns)} ORDER BY n`,
      [...arrays(columns, rows)],
    );
    assert.deepEqual(
      back.map(([text, number, flag, bytes, ...rest]) => [
        text,
        number,
        flag,
        bytes && new Uint8Array(bytes as Uint8Array),
        ...rest,
      ]),
      rows,
    );
    assert.deepEqual(await db.rows(`SELECT text FROM ${table("w", columns)}`, [...arrays(columns, [])]), []);
  } finally {
    await db.close();
  }
});

it("what is not a column's type is refused, not written as something else", () => {
  assert.throws(() => arrays([["number", "bigint"]], [[Number.NaN]]), isFault);
  assert.throws(() => arrays([["number", "bigint"]], [[2 ** 53]]), isFault);
  assert.throws(() => arrays([["text", "text"]], [[1]]), isFault);
  assert.throws(() => arrays([["bytes", "bytea"]], [["text"]]), isFault);
});
