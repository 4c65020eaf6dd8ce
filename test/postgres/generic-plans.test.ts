import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import type pg from "pg";
import { deleteJob, pauseJob } from "../../src/core/edits.js";
import { silentLog } from "../../src/core/log.js";
import { LOOK_LIMIT } from "../../src/store/postgres/context.js";
import { Database, Statements } from "../../src/store/postgres/database.js";
import type { ListJobsRequest, Store } from "../../src/store/store.js";
import { at } from "../store/suite/clock.js";
import { editing, job, put, range } from "../store/suite/jobs.js";
import { claim, ending, open, type Task } from "../store/suite/tasks.js";
import { postgresData, withClient } from "./data.js";
import { ExplainingDatabase, pagesOf, rowsOf } from "./explaining.js";
import { postgresServer } from "./server.js";
import { storeOn } from "./store-on.js";

const server = await postgresServer({ own: true, settings: { autovacuum: "off" } });
const skip = "skip" in server ? server.skip : false;
const uri = "uri" in server ? server.uri : "";
if (!("skip" in server)) after(async () => await server.stop());

const JOBS = 50_000;
const BATCH = 500;
const KINDS = ["k0", "k1", "k2", "k3", "k4"];

/** Jobs of five kinds and all levels, half of them due, and a run of each that may be swept. */
const fill = (schema: string) => `WITH j AS (INSERT INTO ${schema}.jobs
    (slug, kind, pri, due, at, cause, etag, rev, fence, updated_at, standing, definition, payload)
  SELECT md5(n::text), 'k' || n % 5, n % 4, at, at, 'trigger', 'e', 1, 1, 0, '{"occurrence":0}',
    '{"uid":"u","trigger":{"type":"once","time":0},"triggerFrom":0,"createdAt":0}', ''
  FROM (SELECT n, ${at(0).getTime()} + CASE WHEN n % 2 = 0 THEN -1 - n % 977 ELSE 1000 + n END AS at
    FROM generate_series(1, ${JOBS}) n) s)
  INSERT INTO ${schema}.runs (at, slug, kind, token, state, by, ended_at, expire_at, hidden, facts, result)
  SELECT n, md5(n::text), 'k0', md5(n::text), 'succeeded', 'worker', n, n, false, '{}', ''
  FROM generate_series(1, ${JOBS}) n`;

/** What one call has left for the next. */
interface World {
  readonly store: Store;
  readonly lease: string;
  readonly other: string;
  readonly slugs: readonly string[];
  taken: Task[];
}

interface Call {
  /** Jobs, runs or kinds that it is about. */
  readonly items: number;
  /** For each of them, over all its statements. */
  readonly pages: number;
  /** For each of them, in any step of a plan. */
  readonly rows: number;
  work(world: World): Promise<unknown>;
}

const held = ({ taken }: World) => taken.map(({ slug, lock }) => ({ slug, token: lock.token }));
const endings = ({ taken }: World) => taken.map((out) => ending(out));
const list = (filter: ListJobsRequest["filter"]) => async (world: World) =>
  await world.store.list({ filter, limit: 1_000, payloads: true });

/** In this order. */
const CALLS: Readonly<Record<string, Call>> = {
  create: {
    ...{ items: BATCH, pages: 25, rows: 2 },
    work: ({ store, slugs }) =>
      put(store, ...slugs.map((slug, n) => job(slug, { kind: `k${n % 5}`, everyMs: n % 2 && 1_000 }))),
  },
  claim: {
    ...{ items: BATCH, pages: 25, rows: 2 },
    work: async (world) => {
      const { store, lease } = world;
      world.taken = (await claim(store, { lease, now: at(0), kinds: KINDS, limit: BATCH, room: 100 })) as Task[];
      assert.equal(world.taken.length, BATCH);
    },
  },
  "claim of a kind with a limit": {
    ...{ items: 100, pages: 25, rows: 2 },
    work: ({ store, lease }) => claim(store, { lease, now: at(0), kinds: ["k0"], maxRunning: { k0: 100 } }),
  },
  "claim where nothing is due": {
    ...{ items: KINDS.length, pages: 20, rows: 4 },
    work: ({ store, lease }) => claim(store, { lease, now: at(-1_000), kinds: KINDS }),
  },
  nextRun: { items: KINDS.length, pages: 250, rows: 4, work: ({ store }) => store.nextRun(KINDS) },
  adopt: {
    ...{ items: BATCH, pages: 25, rows: 2 },
    work: (world) => world.store.adopt(held(world), world.lease, 1),
  },
  move: {
    ...{ items: BATCH, pages: 25, rows: 2 },
    work: (world) => world.store.move(held(world), world.lease, world.other),
  },
  "amend, progress": {
    ...{ items: BATCH, pages: 25, rows: 2 },
    work: ({ store, taken, other }) =>
      store.amend(
        taken.map(({ slug, lock: { token } }) => {
          return { slug, token, lease: other, keep: { progress: { note: "x", at: at(0) } } };
        }),
      ),
  },
  release: { items: BATCH, pages: 30, rows: 2, work: (world) => world.store.release(endings(world)) },
  "release, again": { items: BATCH, pages: 30, rows: 4, work: (world) => world.store.release(endings(world)) },
  "edit, pause": {
    ...{ items: BATCH, pages: 30, rows: 2 },
    work: ({ store, slugs }) => store.edit(slugs, (one) => pauseJob(one, "", editing(at(0)))),
  },
  "edit, delete": {
    ...{ items: BATCH, pages: 25, rows: 2 },
    work: ({ store, slugs }) => store.edit(slugs, (one) => deleteJob(one, "", editing(at(0)))),
  },
  // Its searches pass by what the calls before have left dead at the indexes' fronts.
  kindsOfJobs: { items: KINDS.length, pages: 500, rows: 4, work: ({ store }) => store.kindsOfJobs(100) },
  countJobs: { items: KINDS.length * LOOK_LIMIT, pages: 2, rows: 1.1, work: ({ store }) => store.countJobs(KINDS) },
  "list, of slugs": { items: 1_000, pages: 20, rows: 2, work: list({ slugs: range(1_000).map((n) => `j${n}`) }) },
  "list, of a prefix": { items: 1_000, pages: 20, rows: 4, work: list({ slugPrefix: "a" }) },
  "list, of kinds": { items: LOOK_LIMIT, pages: 12, rows: 8, work: list({ kinds: ["k1"] }) },
  "list, of states": { items: 1_000, pages: 20, rows: 2, work: list({ states: ["running", "retrying", "paused"] }) },
  orphans: {
    ...{ items: 100, pages: 25, rows: 15 },
    work: async ({ store, lease }) => {
      await store.closeLease(lease);
      assert.equal((await store.orphans(undefined, 200)).length, 100);
    },
  },
  sweep: { items: 1_000, pages: 25, rows: 60, work: ({ store }) => store.sweep() },
};

/** What each call costs by the plans for any parameters, where these were made while the tables were so. */
async function costs(schema: string, client: pg.Client, filled: () => Promise<void>): Promise<Map<string, number[]>> {
  const statements = new Statements(schema);
  const real = new Database({ url: uri, connections: 4, statements, log: silentLog });
  const db = new ExplainingDatabase(real, statements, client);
  const store = storeOn(db, real, schema);
  try {
    await db.begin();
    await filled();
    const [lease, other] = [await open(store), await open(store)];
    const world = { store, lease, other, slugs: range(BATCH).map((n) => `j${n}`), taken: [] };
    const found = new Map<string, number[]>();
    for (const [name, { items, work }] of Object.entries(CALLS)) {
      db.plans.length = 0;
      await work(world);
      const pages = db.plans.reduce((sum, plan) => sum + pagesOf(plan), 0);
      found.set(name, [pages / items, Math.max(...db.plans.map(rowsOf)) / items]);
    }
    return found;
  } finally {
    await store.close();
  }
}

describe(`plans that PostgreSQL keeps for any parameters, with ${JOBS} jobs`, { skip }, () => {
  for (const known of [true, false]) {
    it(`cost in pages and rows what is asked for, where the planner ${known ? "knows" : "does not know"} the tables`, async (t) => {
      const data = postgresData(uri);
      await (await data.open(() => at(0))).close();
      const found = await withClient(uri, (client) =>
        costs(data.schema, client, async () => {
          await client.query(fill(data.schema));
          if (known) await client.query(`VACUUM ANALYZE ${data.schema}.jobs, ${data.schema}.runs`);
        }),
      );
      for (const [name, [pages = 0, rows = 0]] of found) {
        t.diagnostic(`${name}: ${pages.toFixed(1)} pages, ${rows.toFixed(1)} rows`);
      }
      for (const [name, [pages = 0, rows = 0]] of found) {
        const most = CALLS[name] as Call;
        assert.ok(pages <= most.pages && rows <= most.rows, `${name}: ${pages} pages, ${rows} rows for each`);
      }
      await data.remove();
    });
  }
});
