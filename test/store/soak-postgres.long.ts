import assert from "node:assert/strict";
import { it } from "node:test";
import { postgresData, withClient } from "../postgres/data.js";
import { postgresServer } from "../postgres/server.js";
import { halfLoad } from "./half-load.js";

it("59 PostgreSQL at half load: tables and indexes stay as large as they are", async (t) => {
  // Vacuumed often enough for thirds of a few minutes to be alike.
  const server = await postgresServer({ own: true, settings: { autovacuum_naptime: "5s" } });
  if ("skip" in server) return t.skip(server.skip);
  const { schema, open } = postgresData(server.uri);
  try {
    const last = await withClient(server.uri, async (client) => {
      return await halfLoad(t, open, async () => {
        const { rows } = await client.query(
          `SELECT relname, pg_relation_size(oid) AS bytes FROM pg_class
           WHERE relnamespace = '${schema}'::regnamespace AND relkind IN ('r', 'i')`,
        );
        return new Map(rows.map(({ relname, bytes }) => [String(relname), Number(bytes)]));
      });
    });
    assert.ok(last.has("jobs"));
  } finally {
    await server.stop();
  }
});
