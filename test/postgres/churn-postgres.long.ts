import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { it, type TestContext } from "node:test";
import type pg from "pg";
import type { StoredJob } from "../../src/core/job.js";
import type { Store } from "../../src/store/store.js";
import { at, TestClock } from "../store/suite/clock.js";
import { job, policy, put, range } from "../store/suite/jobs.js";
import { claim, ending, failure, open } from "../store/suite/tasks.js";
import { postgresData, withClient } from "./data.js";
import { postgresServer } from "./server.js";

/** CHURN_JOBS: how many jobs go through. It takes a few hundred thousand until the sizes are those of every day. */
const { CHURN_JOBS = "2000000" } = process.env;
const JOBS = Number(CHURN_JOBS);
const SAMPLES = 20;
const MIB = 1_048_576;

/**
 * A vacuum begins at most once in a naptime: by default a minute, in which a server with 2,000,000 jobs a day has 1,390 of
 * them. In the shortest that can be set, a second, this test has some thousand, so that it is vacuumed less for as many jobs.
 */
const SETTINGS = { autovacuum_naptime: "1s", shared_buffers: "512MB", max_wal_size: "4GB" };

const BATCH = 500;
/** Claims and releases at a time. */
const LANES = 3;
/** Of a day with 2,000,000, one of ten being a recurring one's. */
const A_MINUTE = 1_390;
const RECURRING = A_MINUTE / 10;
const ONCE = A_MINUTE - RECURRING;
/** In s: how far ahead jobs are stored, how often recurring ones come, and how long runs and completed jobs are kept. */
const HOUR = 3_600;

/** Jobs that go with their one run, that stay for an hour, whose first attempt fails; and recurring ones. */
const KINDS = ["mail", "kept", "flaky", "tick"];
const USUAL = policy({ runRetentionMs: HOUR * 1_000 });
const KEPT = policy({ runRetentionMs: HOUR * 1_000, jobRetentionMs: HOUR * 1_000 });

it(`${JOBS.toLocaleString("en")} jobs through PostgreSQL leave tables and indexes as large as they are every day`, {
  timeout: 50 * 60_000,
}, async (t) => {
  const server = await postgresServer({ own: true, settings: SETTINGS });
  if ("skip" in server) return t.skip(server.skip);
  try {
    const data = postgresData(server.uri);
    const clock = new TestClock();
    const store = await data.open(() => clock.now());
    try {
      await withClient(server.uri, async (client) => {
        const samples = await churn(store, clock, async () => await sizesOf(client, data.schema));
        tell(t, samples);
        t.diagnostic(await vacuumsOf(client, data.schema));
        assertBounded(samples);
      });
    } finally {
      await store.close();
    }
  } finally {
    await server.stop();
  }
});

type Sizes = ReadonlyMap<string, number>;

/** Minute after minute of the store's time, until all have ended. */
async function churn(store: Store, clock: TestClock, sizes: () => Promise<Sizes>): Promise<Sizes[]> {
  const lease = await open(store);
  const stays = range(60 * RECURRING).map((n) =>
    job(`tick-${n}`, { kind: "tick", dueAt: at((n * HOUR) / (60 * RECURRING)), everyMs: HOUR * 1_000 }),
  );
  await put(store, ...stays);
  const samples: Sizes[] = [];
  let ended = 0;
  for (let minute = 1; ended < JOBS; minute++) {
    clock.set(at(60 * minute));
    const now = clock.now();
    const fresh = range(ONCE).map((n) => onceJob(minute * ONCE + n, now));
    const lanes = range(LANES).map(async () => {
      for (;;) {
        const { taken, done } = await work(store, lease, now);
        ended += done;
        if (taken < BATCH) return;
      }
    });
    const creates = range(Math.ceil(ONCE / BATCH)).map((n) => put(store, ...fresh.slice(n * BATCH, (n + 1) * BATCH)));
    await Promise.all([...lanes, ...creates, sweepAll(store), store.renewLease(lease)]);
    while (ended >= ((samples.length + 1) * JOBS) / SAMPLES) samples.push(await sizes());
  }
  return samples;
}

const TEMPLATE = job("", { payload: new Uint8Array(200) });

/**
 * Every other slug is greater than all before it, the others are anywhere. All are due within the next hour. A copy, since
 * making two million jobs as other tests make theirs would take minutes.
 */
function onceJob(n: number, now: Date): StoredJob {
  const due = new Date(now.getTime() + Math.floor(Math.random() * HOUR * 1_000));
  return {
    ...TEMPLATE,
    slug: n % 2 ? randomUUID() : `order-${String(n).padStart(10, "0")}`,
    uid: String(n).padStart(16, "0"),
    kind: n % 9 === 0 ? "kept" : n % 9 === 1 ? "flaky" : "mail",
    priority: (n % 4) as StoredJob["priority"],
    trigger: { type: "once", time: due },
    occurrence: due,
    at: due,
    due,
    fence: now.getTime() * 1_000,
    createdAt: now,
    updatedAt: now,
  };
}

/** One claim and its release. `done`: those that came to a good end. */
async function work(
  store: Store,
  lease: string,
  now: Date,
): Promise<{ readonly taken: number; readonly done: number }> {
  const taken = await claim(store, { lease, now, kinds: KINDS, room: BATCH, limit: BATCH });
  const writes = taken.map((out) => {
    const fails = out.kind === "flaky" && out.attempt === 1;
    return ending(out, {
      endedAt: now,
      policy: out.kind === "kept" ? KEPT : USUAL,
      ...(fails && { outcome: failure }),
    });
  });
  for (const { status } of await store.release(writes)) assert.equal(status, "recorded");
  return { taken: taken.length, done: writes.filter(({ run }) => run.state === "succeeded").length };
}

/** As a server does once a minute. */
async function sweepAll(store: Store): Promise<void> {
  while (await store.sweep()) await new Promise(setImmediate);
}

/** Bytes of every table with all that belongs to it, and of every index. */
async function sizesOf(client: pg.Client, schema: string): Promise<Sizes> {
  const { rows } = await client.query(
    `SELECT relname, CASE relkind WHEN 'r' THEN pg_total_relation_size(oid) ELSE pg_relation_size(oid) END AS bytes
     FROM pg_class WHERE relnamespace = $1::regnamespace AND relkind IN ('r', 'i') ORDER BY relkind DESC, relname`,
    [schema],
  );
  return new Map(rows.map(({ relname, bytes }) => [relname as string, Number(bytes)]));
}

async function vacuumsOf(client: pg.Client, schema: string): Promise<string> {
  const { rows } = await client.query(
    "SELECT relname, autovacuum_count, n_live_tup, n_dead_tup FROM pg_stat_user_tables WHERE schemaname = $1 AND autovacuum_count > 0",
    [schema],
  );
  const each = rows.map(
    (row) => `${row.relname} ${row.autovacuum_count} (${row.n_live_tup} rows, ${row.n_dead_tup} dead)`,
  );
  return `vacuums: ${each.join(", ")}`;
}

/** A line for each table and index, in MiB. */
function tell(t: TestContext, samples: readonly Sizes[]): void {
  t.diagnostic(`MiB after each ${(JOBS / SAMPLES).toLocaleString("en")} jobs`);
  for (const name of samples.at(-1)?.keys() ?? []) {
    const sizes = samples.map((of) => ((of.get(name) ?? 0) / MIB).toFixed(1).padStart(6));
    t.diagnostic(`${name.padEnd(16)}${sizes.join("")}`);
  }
}

/**
 * The last quarter's largest is at most a quarter above the second's, and 1 MiB: an index of what is short-lived keeps the
 * pages that it took while a vacuum came some seconds late.
 */
function assertBounded(samples: readonly Sizes[]): void {
  const quarter = SAMPLES / 4;
  const largest = (name: string, from: number) =>
    Math.max(...samples.slice(from * quarter, (from + 1) * quarter).map((of) => of.get(name) ?? 0));
  for (const name of samples.at(-1)?.keys() ?? []) {
    const [second, last] = [largest(name, 1), largest(name, 3)];
    assert.ok(last <= 1.25 * second + MIB, `${name} grew from ${second} to ${last} bytes`);
  }
}
