import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import type pg from "pg";
import { deleteJob, pauseJob } from "../../src/core/edits.js";
import type { Store } from "../../src/store/store.js";
import { at } from "../store/suite/clock.js";
import { editing, job, policy, put, range } from "../store/suite/jobs.js";
import { claim, ending, open, runsOf, type Task } from "../store/suite/tasks.js";
import { postgresData, withClient } from "./data.js";
import { postgresServer } from "./server.js";

const server = await postgresServer({ own: true, settings: { deadlock_timeout: "50ms" } });
const skip = "skip" in server ? server.skip : false;
const uri = "uri" in server ? server.uri : "";
if (!("skip" in server)) after(async () => await server.stop());

interface World {
  readonly store: Store;
  readonly lease: string;
  /** Of the jobs a and b. */
  readonly tasks: readonly Task[];
}

const held = ({ tasks }: World) => tasks.map(({ slug, lock }) => ({ slug, token: lock.token }));
const lasts = policy({}, { onExhausted: "dead" });

/** Writes of both jobs; how many revisions each gets by it, and how many runs there are then. */
const CALLS: Readonly<Record<string, { work(world: World): Promise<unknown>; revs: number; runs: number }>> = {
  adopt: { work: (world) => world.store.adopt(held(world), world.lease, 1), revs: 1, runs: 0 },
  move: { work: (world) => world.store.move(held(world), world.lease, "another"), revs: 1, runs: 0 },
  amend: {
    work: ({ store, tasks, lease }) =>
      store.amend(
        tasks.map(({ slug, lock }) => ({ slug, token: lock.token, lease, keep: { checkpoint: Uint8Array.of(1) } })),
      ),
    ...{ revs: 1, runs: 0 },
  },
  "release of what goes on": {
    work: ({ store, tasks }) => store.release(tasks.map((out) => ending(out))),
    revs: 1,
    runs: 2,
  },
  "release of what ends": {
    work: ({ store, tasks }) =>
      store.release(tasks.map((out) => ending({ ...out, trigger: { type: "once", time: at(0) } }, { policy: lasts }))),
    ...{ revs: Number.NaN, runs: 2 },
  },
  "edit that pauses": {
    work: ({ store }) => store.edit(["a", "b"], (one) => pauseJob(one, "", editing(at(0)))),
    ...{ revs: 1, runs: 0 },
  },
  "edit that deletes": {
    work: ({ store }) => store.edit(["a", "b"], (one) => deleteJob(one, "", editing(at(0)))),
    ...{ revs: Number.NaN, runs: 2 },
  },
};

async function inWorld(
  names: readonly string[],
  work: (world: World, client: pg.Client, schema: string) => Promise<void>,
): Promise<void> {
  const data = postgresData(uri);
  const store = await data.open(() => at(0));
  try {
    await put(store, ...names.map((name) => job(name, { everyMs: 1_000 })));
    const lease = await open(store);
    const tasks = (await claim(store, { lease, now: at(0) })) as Task[];
    assert.equal(tasks.length, names.length);
    await withClient(uri, async (client) => await work({ store, lease, tasks }, client, data.schema));
  } finally {
    await store.close();
    await data.remove();
  }
}

async function deadlocks(client: pg.Client): Promise<number> {
  const { rows } = await client.query("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()");
  return Number(rows[0].deadlocks);
}

/**
 * The call writes job a, and then waits for b, which this transaction has; when this wants a, too, the call is what is ended. What
 * this does to the jobs is committed before the call tries again.
 */
async function meet<T>(
  client: pg.Client,
  schema: string,
  ...[take, how, call]: readonly [take: string, how: string, call: () => Promise<T>]
): Promise<T> {
  const taken = (slug: string) => client.query(`${take} ${schema}.jobs WHERE slug = '${slug}' ${how}`);
  // Whoever waits longer than this looks for a circle.
  await client.query("SET deadlock_timeout = '60s'");
  await client.query("BEGIN");
  await taken("b");
  const calling = call();
  await withClient(uri, async (other) => {
    const waiting = "SELECT FROM pg_stat_activity WHERE application_name = 'tickwire' AND wait_event_type = 'Lock'";
    while ((await other.query(waiting)).rowCount === 0);
  });
  await taken("a");
  await client.query("COMMIT");
  return await calling;
}

describe("a deadlock on PostgreSQL", { skip }, () => {
  for (const [name, { work, revs, runs }] of Object.entries(CALLS)) {
    it(`${name}: is done once`, { timeout: 20_000 }, async () => {
      await inWorld(["a", "b"], async (world, client, schema) => {
        const before = await deadlocks(client);
        await meet(client, schema, "SELECT FROM", "FOR UPDATE", () => work(world));
        // Counted once the connection that met it has ended.
        while ((await deadlocks(client)) === before);
        for (const { slug, rev } of world.tasks) {
          const now = (await world.store.get(slug))?.rev ?? Number.NaN;
          assert.equal(now, rev + revs);
        }
        assert.equal((await runsOf(world.store)).length, runs);
      });
    });
  }

  it("a delete of what the other one has deleted says so, and speaks of no run that nobody has stored", {
    timeout: 20_000,
  }, async () => {
    await inWorld(["a", "b"], async ({ store, lease }, client, schema) => {
      const answers = await meet(client, schema, "DELETE FROM", "", () =>
        store.edit(["a", "b"], (one) => deleteJob(one, "", editing(at(0)))),
      );
      assert.deepEqual(answers, [{ type: "missing" }, { type: "missing" }]);
      assert.deepEqual([await runsOf(store), await store.cancels(lease)], [[], []]);
    });
  });

  it("two that release the same results in opposite orders, again and again: each is stored once", {
    timeout: 30_000,
  }, async (t) => {
    const names = range(500).map((n) => `j${n}`);
    await inWorld(names, async ({ store, tasks }, client) => {
      const before = await deadlocks(client);
      const forth = tasks.map((out) => ending(out));
      const back = [...forth].reverse();
      const began = performance.now();
      const answers = await Promise.all([forth, back, forth, back].map((writes) => store.release(writes)));
      t.diagnostic(`${(await deadlocks(client)) - before} deadlocks, ${Math.round(performance.now() - began)} ms`);
      for (const { status } of answers.flat()) assert.equal(status, "recorded");
      assert.equal((await store.listRuns({ filter: {}, limit: 1_000, results: false })).items.length, names.length);
    });
  });
});
