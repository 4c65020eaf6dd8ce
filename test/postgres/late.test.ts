import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { deleteJob, runJob } from "../../src/core/edits.js";
import type { Change } from "../../src/store/postgres/edit.js";
import { openPostgresStore } from "../../src/store/postgres/store.js";
import type { Store } from "../../src/store/store.js";
import { at } from "../store/suite/clock.js";
import { editing, job, kind, put, range, read } from "../store/suite/jobs.js";
import { claim, claimOne, finish, listed, open, slugs } from "../store/suite/tasks.js";
import { postgresData, withClient } from "./data.js";
import { HoldingProxy } from "./holding-proxy.js";
import { postgresServer } from "./server.js";
import { atPort, hostOf } from "./uri.js";

const server = await postgresServer();
const skip = "skip" in server ? server.skip : false;
const uri = "uri" in server ? server.uri : "";
if (!("skip" in server)) after(async () => await server.stop());

interface World {
  /** Behind the proxy. */
  readonly store: Store;
  /** As another server has it. */
  readonly other: Store;
  readonly proxy: HoldingProxy;
}

async function inWorld(work: (world: World) => Promise<void>): Promise<void> {
  const data = postgresData(uri);
  await using proxy = await HoldingProxy.to(hostOf(uri));
  const other = await data.open(() => at(0));
  const store = await openPostgresStore(atPort(data.url, proxy.port), { clock: () => at(0) });
  try {
    await work({ store, other, proxy });
  } finally {
    await Promise.all([store.close(), other.close()]);
    await data.remove();
  }
}

/** Of a call that may be made again. */
const creating = (slug: string, retry: boolean) => ({ job: job(slug, { requestId: "call", createId: "call" }), retry });

/** Of the requests that are sent from now on one is held: the first that says this. */
function holdOne(proxy: HoldingProxy, says: string): void {
  proxy.holds = (bytes) => proxy.held === 0 && bytes.includes(says);
}

const keeping = (slug: string, token: string, lease: string, n: number) => [
  { slug, token, lease, keep: { checkpoint: Uint8Array.of(n) } },
];

describe("a statement to PostgreSQL that the network holds back until its call was made again", { skip }, () => {
  it("45 does not undo a later checkpoint", async () => {
    await inWorld(async ({ store, other, proxy }) => {
      await put(other, job("a"));
      const { lock } = await claimOne(other, { lease: await open(other), now: at(0) });
      holdOne(proxy, "checkpoint");
      for (const n of [1, 2]) {
        assert.deepEqual(await store.amend(keeping("a", lock.token, lock.lease, n)), [{ status: "recorded" }]);
      }
      assert.equal(proxy.held, 1);
      await proxy.letGo();
      assert.deepEqual([...((await read(other, "a")).checkpoint ?? [])], [2]);
    });
  });

  it("45 does not make a job again that has run", async () => {
    await inWorld(async ({ store, other, proxy }) => {
      holdOne(proxy, "INSERT INTO");
      assert.deepEqual(await store.create([creating("a", false)]), [{ status: "created" }]);
      await finish(other, await claimOne(other, { lease: await open(other), now: at(0) }));
      assert.equal(proxy.held, 1);
      await proxy.letGo();
      assert.equal(await other.get("a"), undefined);
    });
  });

  it("45 does not bring back a kind that was deleted", async () => {
    await inWorld(async ({ store, other, proxy }) => {
      holdOne(proxy, "INSERT INTO");
      assert.equal(await store.putKind(kind("k", { etag: "e1" }), undefined), true);
      assert.equal(await other.deleteKind("k", "e1"), true);
      assert.equal(proxy.held, 1);
      await proxy.letGo();
      assert.equal(await other.getKind("k"), undefined);
    });
  });

  it("45 claims nothing more than what is answered", async () => {
    await inWorld(async ({ store, other, proxy }) => {
      await put(other, job("a"), job("b"));
      const lease = await open(other);
      holdOne(proxy, "SKIP LOCKED");
      const taken = await claim(store, { lease, now: at(0), limit: 1 });
      assert.equal(proxy.held, 1);
      await proxy.letGo();
      assert.deepEqual(slugs(taken), slugs((await listed(other)).filter(({ lock }) => lock)));
    });
  });

  for (const [what, says, change] of [
    ["run now", "UPDATE", (one) => runJob(one, "", editing(at(1)))],
    ["delete", "DELETE", (one) => deleteJob(one, "", editing(at(1)))],
  ] as const satisfies readonly (readonly [string, string, Change<{ readonly type: string }>])[]) {
    it(`45 ${what} is done once, where it comes between the look at what it did and its second sending`, async () => {
      const found: unknown[] = [];
      for (const isHeld of [false, true]) {
        await inWorld(async ({ store, other, proxy }) => {
          await put(other, job("a", { dueAt: at(60) }));
          if (isHeld) holdOne(proxy, says);
          let sent = 0;
          proxy.passes = async (bytes) => {
            if (bytes.includes(says) && ++sent > 0) await proxy.letGo();
          };
          const [answer] = await store.edit<{ readonly type: string }>(["a"], change);
          assert.equal(sent, 1);
          found.push([answer?.type, (await other.get("a"))?.rev]);
        });
      }
      assert.deepEqual(found[1], found[0]);
    });
  }
});

it("45 a statement that comes when its call was given up, and made again at another server, does nothing", {
  skip,
  timeout: 60_000,
}, async () => {
  await inWorld(async ({ store, other, proxy }) => {
    await put(other, job("a"));
    const lease = await open(other);
    const { lock } = await claimOne(other, { lease, now: at(0) });
    proxy.holds = (bytes) => bytes.includes("INSERT INTO") || bytes.includes("checkpoint");
    proxy.resets = false;
    const calls = [
      () => store.amend(keeping("a", lock.token, lock.lease, 1)),
      () => store.create([creating("b", false)]),
      () => store.edit(["c"], () => ({ answer: "", write: { type: "put", job: job("c") } })),
      () => store.putKind(kind("k", { etag: "e1" }), undefined),
    ];
    await Promise.all(calls.map((call) => assert.rejects(call(), { reason: "STORE_DOWN" })));
    await other.amend(keeping("a", lock.token, lock.lease, 2));
    await other.create([creating("b", true)]);
    await finish(other, await claimOne(other, { lease, now: at(0) }));
    assert.equal(proxy.held, calls.length);
    await proxy.letGo();
    assert.deepEqual([...((await read(other, "a")).checkpoint ?? [])], [2]);
    assert.equal(await other.get("b"), undefined);
    assert.equal(await other.get("c"), undefined);
    assert.equal(await other.getKind("k"), undefined);
  });
});

for (const ahead of ["1 hour", "-1 hour"]) {
  it(`a database's clock that is set by ${ahead} refuses nothing for long`, { skip }, async () => {
    const data = postgresData(uri);
    await (await data.open(() => at(0))).close();
    await withClient(uri, async (client) => {
      await client.query(`SET search_path = ${data.schema}`);
      await client.query("CREATE TABLE skew AS SELECT interval '0' AS ahead");
      await client.query(`CREATE FUNCTION clock_timestamp() RETURNS timestamptz LANGUAGE sql AS
        'SELECT pg_catalog.clock_timestamp() + (SELECT ahead FROM ${data.schema}.skew)'`);
      const url = `${data.url}&options=-csearch_path%3D${data.schema}%2Cpg_catalog`;
      const store = await openPostgresStore(url, { clock: () => at(0) });
      try {
        // On connections that are open already: a new one would tell of it.
        await Promise.all(range(20).map(() => store.get("a")));
        await client.query("UPDATE skew SET ahead = $1", [ahead]);
        assert.deepEqual(await store.create([creating("a", false)]), [{ status: "created" }]);
        assert.equal(await store.putKind(kind("k", { etag: "e1" }), undefined), true);
      } finally {
        await store.close();
        await data.remove();
      }
    });
  });
}
