import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import pg from "pg";
import { TickwireError } from "../../src/core/errors.js";
import { lockKey } from "../../src/store/postgres/migrate.js";
import { openPostgresStore } from "../../src/store/postgres/store.js";
import type { Store } from "../../src/store/store.js";
import { at } from "../store/suite/clock.js";
import { job, put, range, read } from "../store/suite/jobs.js";
import { claim, claimOne, ending, open, runsOf, type Task } from "../store/suite/tasks.js";
import { postgresData, withClient } from "./data.js";
import { postgresServer } from "./server.js";

const CONNECTIONS = 40;
const server = await postgresServer({ own: true, settings: { max_connections: String(CONNECTIONS) } });
const skip = "skip" in server ? server.skip : false;
const uri = "uri" in server ? server.uri : "";
if (!("skip" in server)) after(async () => await server.stop());

interface World {
  readonly store: Store;
  readonly schema: string;
  /** A connection of the test's own. */
  readonly client: pg.Client;
}

async function inWorld(work: (world: World) => Promise<void>): Promise<void> {
  const data = postgresData(uri);
  const store = await openPostgresStore(data.url, { clock: () => at(0) });
  try {
    await withClient(uri, async (client) => await work({ store, schema: data.schema, client }));
  } finally {
    await store.close();
    await data.remove();
  }
}

const isDown = (why: RegExp) => (error: unknown) => {
  assert.ok(error instanceof TickwireError && error.reason === "STORE_DOWN", String(error));
  assert.match(error.message, why);
  return true;
};

/** Resolves once a statement of a store waits for a lock; its process. Nothing tells of it but asking. */
async function waiting(client: pg.Client): Promise<number> {
  for (;;) {
    const { rows } = await client.query(
      "SELECT pid FROM pg_stat_activity WHERE application_name = 'tickwire' AND wait_event_type = 'Lock'",
    );
    if (rows[0]) return rows[0].pid;
  }
}

/** Makes the call again until the store answers, as servers do. */
async function insisting<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof TickwireError) || error.reason !== "STORE_DOWN") throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

async function tasks(store: Store, ...slugs: string[]): Promise<Task[]> {
  await put(store, ...slugs.map((slug) => job(slug, { everyMs: 1_000 })));
  return (await claim(store, { lease: await open(store), now: at(0) })) as Task[];
}

describe("what a PostgreSQL server does to its clients", { skip }, () => {
  it("49 restarts and kills under load lose nothing that was acknowledged, and nothing is run twice", {
    timeout: 120_000,
  }, async () => {
    assert.ok(!("skip" in server));
    const data = postgresData(uri);
    const store = await openPostgresStore(data.url, { clock: () => at(0) });
    try {
      const acknowledged = new Set<string>();
      const ended = new Map<string, number>();
      let stopped = false;
      const creator = async (name: string) => {
        for (let n = 0; !stopped; n++) {
          const slugs = range(20).map((k) => `${name}-${n}-${k}`);
          const items = slugs.map((slug) => ({ job: job(slug), retry: false }));
          for (const { status } of await insisting(() => store.create(items))) assert.equal(status, "created");
          for (const slug of slugs) acknowledged.add(slug);
        }
      };
      // A claim that failed may have locked jobs that nobody knows of: its lease ends, as a server's does.
      let lease = await open(store);
      const turn = async () => {
        const taken = await claim(store, { lease, now: at(0), limit: 50 }).catch(async (error: unknown) => {
          assert.ok(error instanceof TickwireError && error.reason === "STORE_DOWN", String(error));
          await insisting(() => store.closeLease(lease));
          lease = await insisting(() => open(store));
          return (await insisting(() => store.orphans(undefined, 1_000))) as Task[];
        });
        const writes = taken.map((out) => ending(out as Task));
        for (const [n, { status }] of (await insisting(() => store.release(writes))).entries()) {
          assert.equal(status, "recorded");
          const slug = taken[n]?.slug ?? "";
          ended.set(slug, (ended.get(slug) ?? 0) + 1);
        }
        return taken.length;
      };
      const runner = async () => {
        while (!stopped) await turn();
      };
      const working = Promise.all([creator("one"), creator("two"), runner()]);
      for (const how of ["restart", "kill", "restart"] as const) {
        const before = ended.size;
        while (ended.size < before + 200) await new Promise((resolve) => setTimeout(resolve, 10));
        if (how === "kill") await server.kill();
        await server.restart();
      }
      stopped = true;
      await working;
      while ((await turn()) > 0);
      assert.deepEqual([...ended.keys()].sort(), [...acknowledged].sort());
      assert.ok([...ended.values()].every((times) => times === 1));
      const runs = await withClient(uri, async (client) => {
        return (await client.query(`SELECT slug FROM ${data.schema}.runs`)).rows.map(({ slug }) => slug);
      });
      assert.deepEqual(runs.sort(), [...acknowledged].sort());
    } finally {
      await store.close();
      await data.remove();
    }
  });

  it("55 a server that takes no writes: STORE_DOWN until it does, and reads go on", async () => {
    await inWorld(async ({ store, client }) => {
      const [out] = await tasks(store, "a");
      assert.ok(out);
      const set = async (value: string) => {
        await client.query(`ALTER SYSTEM SET default_transaction_read_only = ${value}`);
        await client.query("SELECT pg_reload_conf()");
        // A session hears of it between two statements.
        for (let shown = ""; shown !== value; ) {
          shown = (await client.query("SHOW default_transaction_read_only")).rows[0].default_transaction_read_only;
        }
      };
      await set("on");
      try {
        await assert.rejects(store.create([{ job: job("b"), retry: false }]), isDown(/takes no writes/));
        await assert.rejects(store.release([ending(out)]), isDown(/takes no writes/));
        await assert.rejects(store.renewLease(out.lock.lease), isDown(/takes no writes/));
        assert.equal((await store.get("a"))?.lock?.token, out.lock.token);
      } finally {
        await client.query("SET default_transaction_read_only = off");
        await set("off");
      }
      assert.equal((await store.release([ending(out)]))[0]?.status, "recorded");
      assert.equal((await runsOf(store)).length, 1);
      assert.equal(await store.renewLease(out.lock.lease), true);
    });
  });

  it("52 a statement that takes too long fails within its bound, does nothing, and holds up no claim", async () => {
    await inWorld(async ({ store, schema, client }) => {
      const [a] = await tasks(store, "a", "b");
      assert.ok(a);
      await put(store, job("c"));
      await client.query("BEGIN");
      await client.query(`SELECT FROM ${schema}.jobs WHERE slug = 'a' FOR UPDATE`);
      const began = performance.now();
      const refused = assert.rejects(store.release([ending(a)]), isDown(/statement timeout/));
      assert.equal((await claim(store, { lease: a.lock.lease, now: at(0) })).length, 1);
      assert.ok(performance.now() - began < 2_000);
      await refused;
      assert.ok(performance.now() - began < 8_000);
      await client.query("ROLLBACK");
      assert.equal((await read(store, "a")).lock?.token, a.lock.token);
      assert.equal((await store.release([ending(a)]))[0]?.status, "recorded");
      assert.equal((await runsOf(store, "a")).length, 1);
    });
  });

  it("52 a server without a connection left: STORE_DOWN until it has one, and leases are renewed meanwhile", async () => {
    await inWorld(async ({ store, client }) => {
      const lease = await open(store);
      // Of the store only the leases' connection stays.
      await client.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE application_name = 'tickwire' AND query NOT LIKE '%leases%'`,
      );
      const others: pg.Client[] = [];
      try {
        for (;;) {
          const other = new pg.Client(uri);
          other.on("error", () => {});
          try {
            await other.connect();
          } catch {
            break;
          }
          others.push(other);
        }
        await assert.rejects(store.create([{ job: job("a"), retry: false }]), isDown(/no connection left/));
        assert.equal(await store.renewLease(lease), true);
      } finally {
        for (const other of others) await other.end();
      }
      assert.deepEqual(await insisting(() => store.create([{ job: job("b"), retry: false }])), [{ status: "created" }]);
    });
  });

  it("a deadlock is broken, and the release that met it is recorded once", async () => {
    await inWorld(async ({ store, schema, client }) => {
      const [a, b] = await tasks(store, "a", "b");
      assert.ok(a && b);
      const take = (slug: string) => client.query(`SELECT FROM ${schema}.jobs WHERE slug = '${slug}' FOR UPDATE`);
      // Whoever waits longer than this looks for a circle: the store's statement is to be the one that is ended.
      await client.query("SET deadlock_timeout = '60s'");
      await client.query("BEGIN");
      await take("b");
      const releasing = store.release([ending(a), ending(b)]);
      await withClient(uri, async (other) => void (await waiting(other)));
      await take("a");
      await client.query("COMMIT");
      assert.deepEqual(
        (await releasing).map(({ status }) => status),
        ["recorded", "recorded"],
      );
      assert.equal((await runsOf(store)).length, 2);
    });
  });

  it("a serialization failure is tried again", async () => {
    await inWorld(async ({ store, schema, client }) => {
      const [a] = await tasks(store, "a");
      assert.ok(a);
      await client.query(`CREATE SEQUENCE ${schema}.failures`);
      await client.query(`CREATE FUNCTION ${schema}.fail() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF nextval('${schema}.failures') < 4 THEN RAISE EXCEPTION 'not this time' USING ERRCODE = '40001'; END IF;
          RETURN NEW;
        END $$`);
      await client.query(
        `CREATE TRIGGER failing BEFORE INSERT ON ${schema}.runs FOR EACH ROW EXECUTE FUNCTION ${schema}.fail()`,
      );
      assert.equal((await store.release([ending(a)]))[0]?.status, "recorded");
      assert.equal((await runsOf(store)).length, 1);
    });
  });

  it("43 a backend that is ended in the middle of a claim, and of a release: neither is done twice", async () => {
    await inWorld(async ({ store, schema, client }) => {
      await put(store, ...range(5).map((n) => job(`j${n}`, { everyMs: 1_000 })));
      const lease = await open(store);
      const end = async (pid: number) => void (await client.query("SELECT pg_terminate_backend($1)", [pid]));
      const key = lockKey(`places of mail in ${schema}`);

      await client.query(`SELECT pg_advisory_lock(${key})`);
      const claiming = claim(store, { lease, now: at(0), maxRunning: { mail: 3 } });
      await end(await waiting(client));
      await client.query(`SELECT pg_advisory_unlock(${key})`);
      const taken = (await claiming) as Task[];
      assert.deepEqual(taken.map(({ lock }) => lock.slot).sort(), [1, 2, 3]);
      assert.equal(await store.slotsHeld("mail"), 3);

      const [first] = taken;
      assert.ok(first);
      await client.query("BEGIN");
      await client.query(`SELECT FROM ${schema}.jobs WHERE slug = $1 FOR UPDATE`, [first.slug]);
      const releasing = store.release([ending(first)]);
      await end(await waiting(client));
      await client.query("COMMIT");
      assert.equal((await releasing)[0]?.status, "recorded");
      assert.equal((await runsOf(store)).length, 1);
      assert.equal(await store.slotsHeld("mail"), 2);
    });
  });

  it("50 a job that was created before a kill -9 can be claimed after it, by the same handle", async () => {
    assert.ok(!("skip" in server));
    const data = postgresData(uri);
    const store = await openPostgresStore(data.url, { clock: () => at(0) });
    try {
      await put(store, job("a"));
      const lease = await open(store);
      await server.kill();
      await assert.rejects(store.get("a"), isDown(/ECONNREFUSED|terminated|reset/));
      await server.restart();
      assert.equal((await claimOne(store, { lease, now: at(0) })).slug, "a");
    } finally {
      await store.close();
      await data.remove();
    }
  });
});
