import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { cancelRun } from "../../src/core/edits.js";
import { TickwireError } from "../../src/core/errors.js";
import { STATEMENT_MS } from "../../src/store/postgres/database.js";
import { lockKey, NEWEST_VERSION } from "../../src/store/postgres/migrate.js";
import { openPostgresStore } from "../../src/store/postgres/store.js";
import { at } from "../store/suite/clock.js";
import { editing, job, put } from "../store/suite/jobs.js";
import { claimOne, ending, open, type Task } from "../store/suite/tasks.js";
import { postgresData, withClient } from "./data.js";
import { postgresServer } from "./server.js";

const server = await postgresServer({ own: true });
const skip = "skip" in server ? server.skip : false;
const uri = "uri" in server ? server.uri : "";
if (!("skip" in server)) after(async () => await server.stop());

describe("the PostgreSQL store's schema", { skip }, () => {
  const versions = async (schema: string) =>
    await withClient(uri, async (client) => (await client.query(`SELECT version FROM ${schema}.migrations`)).rows);
  const down = (why: RegExp) => (error: unknown) => {
    assert.ok(error instanceof TickwireError && error.reason === "STORE_DOWN");
    assert.match(error.message, why);
    return true;
  };

  it("is made once, by however many servers start at once", async () => {
    const { url, schema, remove } = postgresData(uri);
    const stores = await Promise.all(Array.from({ length: 8 }, () => openPostgresStore(url)));
    const names = await Promise.all(stores.map((store) => store.identity()));
    assert.equal(new Set(names).size, 1);
    assert.deepEqual(await versions(schema), [{ version: NEWEST_VERSION }]);
    for (const store of stores) await store.close();
    await remove();
  });

  it("waits while another server makes it, however long that takes", { timeout: 60_000 }, async () => {
    const { url, schema, remove } = postgresData(uri);
    await withClient(uri, async (client) => {
      await client.query(`SELECT pg_advisory_lock(${lockKey(`migrate ${schema}`)})`);
      const opening = openPostgresStore(url);
      for (let waitedMs = 0; waitedMs < STATEMENT_MS + 1_500; ) {
        const { rows } = await client.query(
          `SELECT (extract(epoch FROM clock_timestamp() - query_start) * 1000)::int AS ms FROM pg_stat_activity
           WHERE application_name = 'tickwire' AND wait_event_type = 'Lock'`,
        );
        waitedMs = rows[0]?.ms ?? 0;
      }
      await client.query("SELECT pg_advisory_unlock_all()");
      await (await opening).close();
    });
    assert.deepEqual(await versions(schema), [{ version: NEWEST_VERSION }]);
    await remove();
  });

  it("is not made where that is not wanted, and its lack is told", async () => {
    const { url, schema, remove } = postgresData(uri);
    await assert.rejects(openPostgresStore(url, { migrate: false }), down(/version 0, .* run `tickwire migrate`/));
    await (await openPostgresStore(url)).close();
    await (await openPostgresStore(url, { migrate: false })).close();
    assert.deepEqual(await versions(schema), [{ version: NEWEST_VERSION }]);
    await remove();
  });

  it("of a newer version is left alone", async () => {
    const { url, schema, remove } = postgresData(uri);
    await (await openPostgresStore(url)).close();
    await withClient(uri, (client) =>
      client.query(`INSERT INTO ${schema}.migrations VALUES (${NEWEST_VERSION + 1}, now())`),
    );
    await assert.rejects(openPostgresStore(url), down(/use a newer Tickwire/));
    await remove();
  });

  it("leaves nothing where it could not be made whole", async () => {
    const { url, schema, remove } = postgresData(uri);
    await withClient(uri, async (client) => {
      await client.query(`CREATE SCHEMA ${schema}`);
      await client.query(`CREATE TABLE ${schema}.history (n int)`);
    });
    await assert.rejects(openPostgresStore(url), /PostgreSQL refused a statement/);
    const tables = await withClient(uri, (client) =>
      client.query("SELECT tablename FROM pg_tables WHERE schemaname = $1", [schema]),
    );
    assert.deepEqual(tables.rows, [{ tablename: "history" }]);
    await remove();
  });

  it("can be made by a user that owns a schema, and no more", async () => {
    const { url, schema, remove } = postgresData(uri);
    await withClient(uri, async (client) => {
      await client.query("CREATE ROLE clerk LOGIN");
      await client.query(`CREATE SCHEMA ${schema} AUTHORIZATION clerk`);
    });
    const own = url.replace("tickwire@", "clerk@");
    const other = postgresData(uri.replace("tickwire@", "clerk@"));
    await assert.rejects(openPostgresStore(other.url), down(/grant what docs\/postgres.md lists/));
    await (await openPostgresStore(own)).close();
    await remove();
    await withClient(uri, (client) => client.query("DROP ROLE clerk"));
  });

  it("serves a user that may read and write its tables, and no more", async () => {
    const { url, schema, remove } = postgresData(uri);
    await (await openPostgresStore(url)).close();
    await withClient(uri, async (client) => {
      await client.query("CREATE ROLE reader LOGIN");
      await client.query(`GRANT USAGE ON SCHEMA ${schema} TO reader`);
      await client.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schema} TO reader`);
    });
    const options = { clock: () => at(0), migrate: false };
    const store = await openPostgresStore(url.replace("tickwire@", "reader@"), options);
    await put(store, job("a"));
    const lease = await open(store);
    const out = await claimOne(store, { lease, now: at(0) });
    await store.edit(["a"], (one) => cancelRun(one, "", editing(at(0))));
    assert.equal((await store.cancels(lease)).length, 1);
    const [changed] = await store.release([ending(out)]);
    assert.ok(changed?.status === "changed");
    assert.equal((await store.release([ending(changed.job as Task)]))[0]?.status, "recorded");
    await store.countJobs(["mail"]);
    while (await store.sweep());
    await store.close();
    await remove();
    await withClient(uri, (client) => client.query("DROP ROLE reader"));
  });

  it("is not made in a database that can't hold every text", async () => {
    await withClient(uri, (client) =>
      client.query("CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"),
    );
    await assert.rejects(openPostgresStore(uri.replace("/postgres", "/latin")), down(/encoding is LATIN1/));
  });
});
