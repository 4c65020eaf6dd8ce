import type { StoredJob } from "../../core/job.js";
import { chunks } from "../chunks.js";
import { type Context, WHOLE_JOBS } from "./context.js";
import { CELLS, jobOf, type ReadJob, readJobOf } from "./job-row.js";

const BY_SLUGS = `SELECT ${CELLS} FROM @jobs j WHERE j.slug = ANY ($1::text[])`;

export async function get({ db }: Context, slug: string): Promise<StoredJob | undefined> {
  const [row] = await db.read(BY_SLUGS, [[slug]]);
  return row && jobOf(row);
}

/** Those that there are, by slug. */
export async function readJobs({ db }: Context, slugs: readonly string[]): Promise<Map<string, ReadJob>> {
  const found = new Map<string, ReadJob>();
  for (const some of chunks([...new Set(slugs)], WHOLE_JOBS)) {
    const rows = await db.read(BY_SLUGS, [some]);
    for (const row of rows) found.set(row[0] as string, readJobOf(row));
  }
  return found;
}
