import type { StoredJob } from "../../core/job.js";
import type { Context } from "./context.js";
import { CELLS, jobOf, type ReadJob, readJobOf } from "./job-row.js";

const BY_SLUGS = `SELECT ${CELLS} FROM @jobs j WHERE j.slug = ANY ($1::text[])`;

export async function get({ db }: Context, slug: string): Promise<StoredJob | undefined> {
  const [row] = await db.read(BY_SLUGS, [[slug]]);
  return row && jobOf(row);
}

/** Those that there are, by slug. */
export async function readJobs({ db }: Context, slugs: readonly string[]): Promise<Map<string, ReadJob>> {
  if (slugs.length === 0) return new Map();
  const rows = await db.read(BY_SLUGS, [[...new Set(slugs)]]);
  return new Map(rows.map((row) => [row[0] as string, readJobOf(row)]));
}
