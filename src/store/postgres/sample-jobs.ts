import type { JobState } from "../../core/job.js";
import { type Sample, sampleKey } from "../estimate.js";
import type { Database } from "./database.js";
import { STATE } from "./states.js";

/** Pages that are looked at: some thousand jobs, but for what has died on them. */
const PAGES = 200;

const PAGES_OF_JOBS = "SELECT pg_relation_size('@jobs') / current_setting('block_size')::bigint";
/** By whole pages, each drawn by itself; the same ones each time, so that an estimate does not jump. */
const LOOK = `SELECT j.kind, ${STATE} AS state, count(*) FROM @jobs j TABLESAMPLE SYSTEM ($1) REPEATABLE (1) GROUP BY 1, 2`;

export async function sampleJobs(db: Database): Promise<Sample> {
  const pages = Number((await db.read(PAGES_OF_JOBS))[0]?.[0]);
  const percent = pages <= PAGES ? 100 : (100 * PAGES) / pages;
  const rows = (await db.read(LOOK, [percent])) as unknown as readonly (readonly [string, JobState, number])[];
  const looked = rows.reduce((sum, [, , count]) => sum + count, 0);
  const found = new Map(rows.map(([kind, state, count]) => [sampleKey(kind, state), count]));
  return { total: Math.round((looked * 100) / percent), looked, found };
}
