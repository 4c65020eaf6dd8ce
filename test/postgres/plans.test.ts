import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type pg from "pg";
import { KEEP } from "../../src/store/postgres/amend.js";
import { CLAIMABLE, DEAD, OLDEST, RUNNING } from "../../src/store/postgres/count-jobs.js";
import { Statements } from "../../src/store/postgres/database.js";
import { ORPHANS } from "../../src/store/postgres/leases.js";
import { CLAIM, NEXT } from "../../src/store/postgres/lock.js";
import { openPostgresStore } from "../../src/store/postgres/store.js";
import { COMPLETED, RUNS } from "../../src/store/postgres/sweep.js";
import { newTokens } from "../../src/store/token.js";
import { postgresData, withClient } from "./data.js";
import { postgresServer } from "./server.js";

const server = await postgresServer({ own: true, settings: { autovacuum: "off", shared_buffers: "512MB" } });
const skip = "skip" in server ? server.skip : false;
const uri = "uri" in server ? server.uri : "";
if (!("skip" in server)) after(async () => await server.stop());

/** What EXPLAIN tells of one step. */
interface Node {
  readonly "Node Type": string;
  readonly "Index Name"?: string;
  readonly "Relation Name"?: string;
  readonly "Shared Hit Blocks"?: number;
  readonly "Shared Read Blocks"?: number;
  readonly Plans?: readonly Node[];
}

const KINDS = ["k0", "k1", "k2", "k3", "k4"];
const NOW = 1_000_000_000;

/**
 * Jobs of five kinds and all levels: of 10,000, half are due; however many more there are wait for later, in no order, or are
 * dead, paused or out.
 */
const fill = (schema: string, from: number, to: number) => `INSERT INTO ${schema}.jobs
    (slug, kind, pri, due, at, cause, etag, rev, fence, updated_at, standing, definition, payload, dead, lock_token, lock_lease)
  SELECT md5(n::text), 'k' || n % 5, n % 4, CASE WHEN other THEN NULL ELSE at END, at, 'trigger', 'e', 1, 1, 0, '{}', '{}', '',
    CASE WHEN other AND n % 2 = 0 THEN 'exhausted' END,
    CASE WHEN other AND n % 2 = 1 THEN md5(n::text) END, CASE WHEN other AND n % 2 = 1 THEN 'other' END
  FROM (SELECT n, n > 10000 AND n % 10 < 3 AS other,
    CASE WHEN n <= 5000 THEN ${NOW} - n % 977 ELSE ${NOW} + 1 + (n * 7919::bigint) % 1000003 END AS at
    FROM generate_series(${from}::bigint, ${to}) n) s`;

/** A run for each job, and each tenth job completed besides: all of them to be kept for long. */
const fillKept = (schema: string, from: number, to: number) => `WITH r AS (INSERT INTO ${schema}.runs
    (at, slug, kind, token, state, by, ended_at, expire_at, hidden, facts, result)
    SELECT n, md5(n::text), 'k0', md5(n::text), 'succeeded', 'worker', n, 1e15, false, '{}', '' FROM generate_series(${from}, ${to}) n)
  INSERT INTO ${schema}.jobs (slug, kind, pri, cause, etag, rev, fence, updated_at, standing, definition, payload, expire_at)
    SELECT 'done' || n, 'k0', 2, 'trigger', 'e', 1, 1, 0, '{}', '{}', '', 1e15 FROM generate_series(${from}, ${to}, 10) n`;

describe("plans of the PostgreSQL store's statements, with 10,000 jobs and with 1,000,000", { skip }, () => {
  const { url, schema, remove } = postgresData(uri);
  const statements = new Statements(schema);
  const client = { current: undefined as unknown as pg.Client };
  const plans = { small: new Map<string, Node>(), large: new Map<string, Node>() };

  const CALLS: Readonly<Record<string, readonly [sql: string, values: readonly unknown[]]>> = {
    claim: [CLAIM, [KINDS, KINDS.map(() => 40), "live", NOW, 200, newTokens(200), null]],
    nextRun: [NEXT, [KINDS]],
    orphans: [ORPHANS, ["", 10]],
    oldest: [OLDEST, [KINDS]],
    claimable: [CLAIMABLE, [KINDS, 101]],
    dead: [DEAD, [KINDS, 101]],
    running: [RUNNING, [KINDS, 101]],
    sweepRuns: [RUNS, [null]],
    sweepCompleted: [COMPLETED, [null]],
    keep: [KEEP, [null, ["x"], ["t"], ["l"], ...Array.from({ length: 7 }, () => [null]), Number.MAX_SAFE_INTEGER]],
  };

  async function explain(sql: string, values: readonly unknown[]): Promise<Node> {
    const { current } = client;
    await current.query("BEGIN");
    try {
      await current.query("SET LOCAL enable_seqscan = off; SET LOCAL jit = off");
      const text = `EXPLAIN (ANALYZE, BUFFERS, TIMING off, FORMAT JSON) ${statements.expanded(sql)}`;
      const { rows } = await current.query(text, [...values]);
      return rows[0]["QUERY PLAN"][0].Plan as Node;
    } finally {
      await current.query("ROLLBACK");
    }
  }

  before(async () => {
    await (await openPostgresStore(url)).close();
    await withClient(uri, async (connected) => {
      client.current = connected;
      await connected.query(`INSERT INTO ${schema}.leases VALUES ('live', 's', 1, 1, 'live', '', 0, 0)`);
      await connected.query(`INSERT INTO ${schema}.leases VALUES ('other', 's', 1, 1, 'live', '', 0, 0)`);
      for (const [size, from, to] of [
        ["small", 1, 10_000],
        ["large", 10_001, 1_000_000],
      ] as const) {
        await connected.query(fill(schema, from, to));
        await connected.query(fillKept(schema, Math.ceil(from / 10), to / 10));
        await connected.query(`VACUUM ANALYZE ${schema}.jobs, ${schema}.runs`);
        for (const [name, [sql, values]] of Object.entries(CALLS)) {
          // The first finds the index's pages; what it leaves dead is not counted.
          await explain(sql, values);
          await connected.query(`VACUUM (INDEX_CLEANUP ON) ${schema}.jobs`);
          plans[size].set(name, await explain(sql, values));
          await connected.query(`VACUUM (INDEX_CLEANUP ON) ${schema}.jobs`);
        }
      }
    });
  });
  after(remove);

  const nodes = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(nodes)];
  const planOf = (size: keyof typeof plans, name: string): Node => {
    const plan = plans[size].get(name);
    assert.ok(plan);
    return plan;
  };
  const pages = (node: Node) => (node["Shared Hit Blocks"] ?? 0) + (node["Shared Read Blocks"] ?? 0);

  it("56 read no table through, and sort nothing but the orphans", () => {
    for (const size of ["small", "large"] as const) {
      for (const name of Object.keys(CALLS)) {
        for (const node of nodes(planOf(size, name))) {
          const what = `${name}, ${size}: ${node["Node Type"]}`;
          assert.ok(node["Node Type"] !== "Seq Scan" || node["Relation Name"] !== "jobs", what);
          const sorted =
            /Sort/.test(node["Node Type"]) && nodes(node).some(({ "Relation Name": from }) => from === "jobs");
          assert.ok(!sorted || ["orphans", "oldest"].includes(name), what);
        }
      }
    }
  });

  it("56 find what is due through the index that holds nothing else", () => {
    for (const size of ["small", "large"] as const) {
      const indexes = (name: string) => nodes(planOf(size, name)).flatMap((node) => node["Index Name"] ?? []);
      // What it has locked is written where it is: no key is looked up.
      assert.deepEqual(indexes("claim").sort(), ["claimable", "leases_pkey"]);
      assert.deepEqual(indexes("nextRun"), ["claimable"]);
      assert.ok(indexes("dead").includes("dead") && indexes("running").includes("locked"));
    }
  });

  it("56 cost the same, in pages", (t) => {
    for (const name of Object.keys(CALLS)) {
      const [small, large] = [pages(planOf("small", name)), pages(planOf("large", name))];
      t.diagnostic(`${name}: ${small} pages, ${large} with 1,000,000`);
      // An index of a million entries is one level higher.
      assert.ok(large <= 1.6 * small + 60, `${name}: ${small} pages, and ${large}`);
    }
  });
});
