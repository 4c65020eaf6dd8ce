import type pg from "pg";
import { WHOLE } from "../../src/store/postgres/columns.js";
import { openPostgresStore } from "../../src/store/postgres/store.js";
import { withClient } from "../../test/postgres/data.js";
import { job, put } from "../../test/store/suite/jobs.js";

const YEAR_MS = 365 * 86_400_000;

/** Stores so many jobs of the kind that the loads run, due in a year, on a database that a scheduler has opened. */
export type AddOthers = (uri: string, count: number) => Promise<void>;

export const addTickwireJobs: AddOthers = async (uri, count) => {
  const due = Date.now() + YEAR_MS;
  const store = await openPostgresStore(uri);
  try {
    await put(store, job("other", { kind: "bench", dueAt: new Date(due) }));
  } finally {
    await store.close();
  }
  await withClient(uri, async (client) => {
    await copyJob(client, "tickwire", "other", { slug: "'other-' || n", due: `${due} + n`, count });
    await settle(client, "tickwire.jobs");
  });
};

export const addGraphileJobs: AddOthers = async (uri, count) => {
  await withClient(uri, async (client) => {
    const added = "SELECT id FROM graphile_worker.add_job('bench', '{}', run_at := now() + interval '1 year')";
    const { id } = (await client.query(added)).rows[0];
    const same = "task_id, payload, priority, max_attempts";
    await client.query(`INSERT INTO graphile_worker._private_jobs (run_at, ${same})
      SELECT run_at + n * interval '1 ms', ${same}
      FROM graphile_worker._private_jobs, generate_series(1, ${count}) n WHERE id = ${id}`);
    await settle(client, "graphile_worker._private_jobs");
  });
};

export const addRiverJobs: AddOthers = async (uri, count) => {
  await withClient(uri, async (client) => {
    await client.query(`INSERT INTO river_job (args, kind, max_attempts, priority, queue, state, scheduled_at)
      SELECT '{}', 'bench', 25, 1, 'default', 'scheduled', now() + interval '1 year' + n * interval '1 ms'
      FROM generate_series(1, ${count}) n`);
    await settle(client, "river_job");
  });
};

/** As if the jobs had been there for long: else the system writes them out half a minute later, and every commit waits for that. */
async function settle(client: pg.Client, jobs: string): Promise<void> {
  await client.query(`VACUUM ANALYZE ${jobs}`);
  // Not every user may.
  await client.query("CHECKPOINT").catch(() => {});
}

/** Copies one of Tickwire's jobs, in the database. Slugs and due times are SQL of `n`, from 1 to `count`. */
export async function copyJob(
  client: pg.Client,
  schema: string,
  seed: string,
  { slug, due, count }: { readonly slug: string; readonly due: string; readonly count: number },
): Promise<void> {
  const same = WHOLE.map(([name]) => name).filter((name) => !["slug", "due", "at"].includes(name));
  await client.query(`INSERT INTO ${schema}.jobs (slug, due, at, ${same.join(", ")})
    SELECT new.slug, new.due, new.due, ${same.map((name) => `seed.${name}`).join(", ")} FROM ${schema}.jobs seed,
      (SELECT ${slug} AS slug, ${due} AS due FROM generate_series(1::bigint, ${count}) n) new WHERE seed.slug = '${seed}'`);
}
