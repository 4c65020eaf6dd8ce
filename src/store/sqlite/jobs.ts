import type { StoredJob } from "../../core/job.js";
import type { Row, Value } from "./connection.js";
import type { Context } from "./context.js";
import { definitionText } from "./definition-text.js";
import { addInfo, writeInfo } from "./job-info.js";
import {
  JOB_COLUMNS,
  jobOfRow,
  OWN_COLUMNS,
  ownValues,
  type ReadJob,
  STANDING_COLUMNS,
  standingValues,
} from "./job-row.js";
import { inRows, runRows } from "./multi-row.js";
import { standingText } from "./standing-text.js";

const BY_SLUG = `SELECT ${JOB_COLUMNS}, j.payload
  FROM job_state s CROSS JOIN jobs j ON j.id = s.id WHERE s.slug = ?`;

/** The whole job, as one moment had it. */
export function readJob(context: Context, slug: string): ReadJob | undefined {
  return context.db.reading(() => {
    const row = context.db.get(BY_SLUG, [slug]);
    return row && readRows(context, [row], true)[0];
  });
}

/** Rows of `JOB_COLUMNS` as jobs. `blobs` false: without result and checkpoint. */
export function readRows(context: Context, rows: readonly Row[], blobs: boolean): ReadJob[] {
  const read = rows.map((row) => jobOfRow(row, (id) => context.kinds.name(id)));
  addInfo(context.db, read, blobs);
  return read;
}

const STATE_COLUMNS = ["id", ...OWN_COLUMNS, ...STANDING_COLUMNS];
const INSERT_STATE = inRows(`INSERT INTO job_state (${STATE_COLUMNS.join(", ")}) VALUES`, STATE_COLUMNS.length);
const INSERT_JOB = inRows("INSERT INTO jobs (id, definition, payload) VALUES", 3);

/** Jobs of slugs that are free. */
export function insertJobs(context: Context, jobs: readonly StoredJob[]): void {
  const { db, kinds } = context;
  let id = Number(db.get("SELECT max(id) FROM job_state")?.[0] ?? 0);
  const states: Value[][] = [];
  const definitions: Value[][] = [];
  for (const job of jobs) {
    id++;
    const hasInfo = writeInfo(db, id, job, false);
    const own = ownValues(job, kinds.take(job.kind), job.rev, job.updatedAt);
    states.push([id, ...own, ...standingValues(job, hasInfo, standingText(job))]);
    definitions.push([id, definitionText(job), job.payload.length > 0 ? job.payload : null]);
  }
  runRows(db, INSERT_STATE, states);
  runRows(db, INSERT_JOB, definitions);
}

const UPDATE_STATE = `UPDATE job_state SET ${[...OWN_COLUMNS, ...STANDING_COLUMNS].map((name) => `${name} = ?`).join(", ")}
  WHERE id = ?`;

/** A caller's write over the job that was just read: the payload and the definition are written only where they changed. */
export function overwriteJob(context: Context, read: ReadJob, job: StoredJob): void {
  const { db, kinds } = context;
  const { id } = read;
  const definition = definitionText(job);
  if (definition !== read.definition) db.run("UPDATE jobs SET definition = ? WHERE id = ?", [definition, id]);
  if (job.payload !== read.job.payload) writePayload(context, id, job.payload);
  const same =
    job.last === read.job.last &&
    job.progress === read.job.progress &&
    job.lastResult === read.job.lastResult &&
    job.checkpoint === read.job.checkpoint;
  const hasInfo = same ? read.hasInfo : writeInfo(db, id, job, read.hasInfo);
  const own = ownValues(job, kinds.take(job.kind), read.job.rev + 1, context.clock());
  db.run(UPDATE_STATE, [...own, ...standingValues(job, hasInfo, standingText(job)), id]);
}

export function writePayload(context: Context, id: number, payload: Uint8Array): void {
  context.db.run("UPDATE jobs SET payload = ? WHERE id = ?", [payload.length > 0 ? payload : null, id]);
}

const IN_IDS = "WHERE id IN (SELECT value FROM json_each(?))";

export function deleteJobs(context: Context, ids: readonly number[], withInfo: readonly number[]): void {
  if (ids.length === 0) return;
  const all = JSON.stringify(ids);
  context.db.run(`DELETE FROM job_state ${IN_IDS}`, [all]);
  context.db.run(`DELETE FROM jobs ${IN_IDS}`, [all]);
  if (withInfo.length > 0) context.db.run(`DELETE FROM job_info ${IN_IDS}`, [JSON.stringify(withInfo)]);
}
