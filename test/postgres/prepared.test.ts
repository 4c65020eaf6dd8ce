import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { silentLog } from "../../src/core/log.js";
import { Database, Statements } from "../../src/store/postgres/database.js";
import { at } from "../store/suite/clock.js";
import { job, kind, put, range } from "../store/suite/jobs.js";
import { claim, claimOne, ending, open, runsOf, type Task } from "../store/suite/tasks.js";
import { postgresData, withClient } from "./data.js";
import { postgresServer } from "./server.js";

const server = await postgresServer();
const skip = "skip" in server ? server.skip : false;
const uri = "uri" in server ? server.uri : "";
if (!("skip" in server)) after(async () => await server.stop());

/** Connections that a store has for calls. */
const CONNECTIONS = 10;
const JOBS = 20;

describe("statements that PostgreSQL has prepared", { skip, concurrency: true }, () => {
  it("a server goes on while another one brings the schema to a newer version, and does nothing twice", async () => {
    const data = postgresData(uri);
    const store = await data.open(() => at(0));
    try {
      // Every connection has prepared what is called below.
      await put(store, ...range(JOBS).map((n) => job(`j${n}`, { everyMs: 1_000 })));
      const lease = await open(store);
      const each = async <T>(work: (n: number) => Promise<T>) => await Promise.all(range(CONNECTIONS).map(work));
      const taken = (await each(() => claim(store, { lease, now: at(0), limit: 1 }))).flat() as Task[];
      await each((n) => store.adopt([{ slug: taken[n]?.slug ?? "", token: taken[n]?.lock.token ?? "" }], lease, 1));
      await each((n) => store.release([ending(taken[n] as Task)]));
      await each((n) => store.get(`j${n}`));
      await store.renewLease(lease);
      await withClient(uri, async (client) => {
        await client.query(`ALTER TABLE ${data.schema}.jobs ADD COLUMN newer int, ALTER COLUMN attempt TYPE bigint`);
        await client.query(`ALTER TABLE ${data.schema}.leases ALTER COLUMN seq TYPE numeric(30)`);
      });
      assert.equal((await store.get("j0"))?.attempt, 0);
      assert.equal(await store.renewLease(lease), true);
      const more = (await each(() => claim(store, { lease, now: at(0), limit: 1 }))).flat() as Task[];
      assert.equal(new Set(more.map(({ slug }) => slug)).size, CONNECTIONS);
      for (const { slug, lock } of more) {
        assert.equal((await store.adopt([{ slug, token: lock.token }], lease, 1))[0]?.attempt, 1);
      }
      const results = await store.release(more.map((out) => ending(out)));
      assert.ok(results.every(({ status }) => status === "recorded"));
      assert.equal((await runsOf(store)).length, JOBS);
      // Each claim is one more.
      const claims = await withClient(uri, async (client) => {
        return (await client.query(`SELECT sum(fence % 1000)::int AS n FROM ${data.schema}.jobs`)).rows[0].n;
      });
      assert.equal(claims, JOBS);
    } finally {
      await store.close();
      await data.remove();
    }
  });

  it("one that its session has forgotten is prepared again", async () => {
    const data = postgresData(uri);
    const store = await data.open(() => at(0));
    try {
      await put(store, job("a"));
      const lease = await open(store);
      const nothing = () => claim(store, { lease, now: at(-1) });
      await Promise.all(range(CONNECTIONS).map(nothing));
      await withClient(uri, async (client) => {
        await client.query(`CREATE FUNCTION ${data.schema}.forget() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN EXECUTE 'DEALLOCATE ALL'; RETURN NEW; END $$`);
        await client.query(`CREATE TRIGGER forgetting AFTER INSERT ON ${data.schema}.kinds
          FOR EACH ROW EXECUTE FUNCTION ${data.schema}.forget()`);
      });
      await Promise.all(range(CONNECTIONS).map((n) => store.putKind(kind(`k${n}`), undefined)));
      const out = await claimOne(store, { lease, now: at(0) });
      assert.equal((await store.release([ending(out)]))[0]?.status, "recorded");
    } finally {
      await store.close();
      await data.remove();
    }
  });
});

it("however many statements there are, a session keeps so many and no more", { skip }, async () => {
  const db = new Database({ url: uri, connections: 1, statements: new Statements("none"), log: silentLog });
  try {
    for (const n of range(300)) assert.deepEqual(await db.rows(`SELECT ${n} + $1::int`, [1]), [[n + 1]]);
    const kept = Number((await db.rows("SELECT count(*) FROM pg_prepared_statements"))[0]?.[0]);
    assert.ok(kept > 100 && kept <= 200, `${kept} are kept`);
  } finally {
    await db.close();
  }
});

it("a statement's name tells its text, whichever of them a process makes first", () => {
  const [one, other] = [new Statements("a"), new Statements("a")];
  const [get, drop] = [
    "SELECT 1 FROM @jobs WHERE slug = ANY ($1::text[])",
    "DELETE FROM @cancels WHERE token = ANY ($1::text[])",
  ];
  const named = [one.of(get).name, one.of(drop).name];
  assert.notEqual(named[0], named[1]);
  assert.deepEqual([other.of(drop).name, other.of(get).name].reverse(), named);
  assert.notEqual(new Statements("b").of(get).name, named[0]);
});
