import { FRESH_COLUMNS, OWN_COLUMNS, STANDING_COLUMNS } from "../columns.js";
import type { JobRow, JobWrite, Value } from "../wire.js";
import type { Row } from "./connection.js";
import type { Context } from "./context.js";
import { readInfo, writeInfo } from "./job-info.js";
import { Insert } from "./multi-row.js";

/**
 * A job as one text: libsql pays about 0.2 us for each cell of a row, and SQLite a quarter of that for each value of an array.
 * `s` is `job_state`, `j` is `jobs`; both JSON texts are put in as they are, since SQLite would parse them again.
 */
const JOB_TEXT = `'[' || json_array(s.id, s.slug, s.pri, s.due, s.at, s.cause, s.attempt, s.failures, s.etag, s.rev, s.fence,
  s.pause, s.dead, s.expire_at, s.lock_token, s.lock_lease, s.lock_stream, s.lock_slot, s.lock_since, s.updated_at,
  s.last_token, s.last_by) || ',' || s.standing || ',' || j.definition || ']'`;

/** As one about to be locked: what is about to change, or can't be there, is left out. */
const DUE_JOB_TEXT = `'[' || json_array(s.id, s.slug, s.pri, NULL, s.at, s.cause, s.attempt, s.failures, s.etag, s.rev, s.fence,
  s.pause, NULL, NULL, NULL, NULL, NULL, NULL, NULL, s.updated_at, s.last_token, s.last_by) || ',' || s.standing || ',' ||
  j.definition || ']'`;

const HAS_INFO = "CASE s.info WHEN 1 THEN s.id END";
export const JOB_CELLS = `${JOB_TEXT}, j.payload, s.kind_id, ${HAS_INFO}`;
export const JOB_CELLS_WITHOUT_PAYLOAD = `${JOB_TEXT}, NULL, s.kind_id, ${HAS_INFO}`;
export const DUE_JOB_CELLS = `${DUE_JOB_TEXT}, j.payload, s.id, ${HAS_INFO}`;

/** Rows of `JOB_CELLS`. `blobs` false: without result and checkpoint. */
export function jobRows(context: Context, rows: readonly Row[], blobs: boolean): JobRow[] {
  const info = infoOf(context, rows, blobs);
  return rows.map(([text, payload, kindId, infoId]) => [
    text as string,
    payload as Uint8Array | null,
    context.kinds.name(kindId as number),
    infoId === null ? null : (info.get(infoId as number) ?? null),
  ]);
}

/** Of rows whose fourth cell is the number of those that have info. */
export function infoOf({ db }: Context, rows: readonly Row[], blobs: boolean): ReturnType<typeof readInfo> {
  const ids: number[] = [];
  for (const row of rows) if (row[3] !== null) ids.push(row[3] as number);
  return readInfo(db, ids, blobs);
}

const BY_SLUG = `SELECT ${JOB_CELLS} FROM job_state s CROSS JOIN jobs j ON j.id = s.id WHERE s.slug = ?`;

/** The whole job, as one moment had it. */
export function readJob(context: Context, slug: string): JobRow | undefined {
  return context.db.reading(() => {
    const row = context.db.get(BY_SLUG, [slug]);
    return row && jobRows(context, [row], true)[0];
  });
}

const BY_SLUGS = `SELECT k.key, ${JOB_CELLS}
  FROM json_each(?) k CROSS JOIN job_state s ON s.slug = k.value CROSS JOIN jobs j ON j.id = s.id`;

/** In the order of the slugs. */
export function readJobs(context: Context, slugs: readonly string[]): (JobRow | undefined)[] {
  return context.db.reading(() => {
    const found = context.db.all(BY_SLUGS, [JSON.stringify(slugs)]);
    const jobs: (JobRow | undefined)[] = new Array(slugs.length).fill(undefined);
    const rows = jobRows(
      context,
      found.map(([, ...row]) => row),
      true,
    );
    for (const [index, [at]] of found.entries()) jobs[at as number] = rows[index];
    return jobs;
  });
}

const INSERT_FRESH = new Insert("job_state", ["id", "slug", "kind_id", "info", ...FRESH_COLUMNS]);
const INSERT_WHOLE = new Insert("job_state", ["id", "slug", "kind_id", "info", ...OWN_COLUMNS, ...STANDING_COLUMNS]);
const INSERT_JOB = new Insert("jobs", ["id", "definition", "payload"]);

/** Jobs of slugs that are free. */
export function insertJobs({ db, kinds }: Context, jobs: readonly JobWrite[]): void {
  if (jobs.length === 0) return;
  let id = Number(db.get("SELECT max(id) FROM job_state")?.[0] ?? 0);
  const fresh: Value[] = [];
  const whole: Value[] = [];
  const definitions: Value[] = [];
  for (const { slug, kind, columns, definition, payload, info } of jobs) {
    id++;
    const values = columns.length === FRESH_COLUMNS.length ? fresh : whole;
    values.push(id, slug, kinds.take(kind), info ? 1 : 0, ...columns);
    definitions.push(id, definition, payload);
    writeInfo(db, id, info, false);
  }
  INSERT_FRESH.run(db, fresh);
  INSERT_WHOLE.run(db, whole);
  INSERT_JOB.run(db, definitions);
}

export function writePayload({ db }: Context, id: number, payload: Uint8Array | null): void {
  db.run("UPDATE jobs SET payload = ? WHERE id = ?", [payload, id]);
}

const IN_IDS = "WHERE id IN (SELECT value FROM json_each(?))";

export function deleteJobs({ db }: Context, ids: readonly number[], withInfo: readonly number[]): void {
  if (ids.length === 0) return;
  const all = JSON.stringify(ids);
  db.run(`DELETE FROM job_state ${IN_IDS}`, [all]);
  db.run(`DELETE FROM jobs ${IN_IDS}`, [all]);
  if (withInfo.length > 0) db.run(`DELETE FROM job_info ${IN_IDS}`, [JSON.stringify(withInfo)]);
}
