import { FRESH_COLUMNS, OWN_COLUMNS, STANDING_COLUMNS } from "../columns.js";
import type { JobRows, JobWrites, Value } from "../wire.js";
import type { Row } from "./connection.js";
import type { Context } from "./context.js";
import { readInfo, writeInfo } from "./job-info.js";
import { Insert } from "./multi-row.js";

/** A payload up to so many bytes is in the job's text, in hex. */
const SHORT_PAYLOAD = 1_024;

const KIND = "(SELECT n.name FROM kind_names n WHERE n.id = s.kind_id)";
const PAYLOAD = `CASE WHEN length(j.payload) > ${SHORT_PAYLOAD} THEN '0' ELSE '"' || hex(j.payload) || '"' END`;

/**
 * A job as one text: libsql pays about 0.2 us for each cell of a row, and SQLite a quarter of that for each value of an array.
 * `s` is `job_state`, `j` is `jobs`; both JSON texts are put in as they are, since SQLite would parse them again.
 */
const textOf = (payload: string) =>
  `'[' || json_array(s.id, s.slug, ${KIND}, s.pri, s.due, s.at, s.cause, s.attempt, s.failures, s.etag, s.rev, s.fence,
  s.pause, s.dead, s.expire_at, s.lock_token, s.lock_lease, s.lock_stream, s.lock_slot, s.lock_since, s.updated_at,
  s.last_token, s.last_by) || ',' || s.standing || ',' || j.definition || ',' || ${payload} || ']'`;

/** As one about to be locked: what is about to change, or can't be there, is left out. `?4` is its kind's name. */
export const DUE_JOB_TEXT = `'[' || json_array(s.id, s.slug, ?4, s.pri, NULL, s.at, s.cause, s.attempt, s.failures, s.etag,
  s.rev, s.fence, s.pause, NULL, NULL, NULL, NULL, NULL, NULL, NULL, s.updated_at, s.last_token, s.last_by) || ',' ||
  s.standing || ',' || j.definition || ',' || ${PAYLOAD} || ']'`;

export const HAS_INFO = "s.info = 1";
export const HAS_LONG_PAYLOAD = `length(j.payload) > ${SHORT_PAYLOAD}`;

/** Text, its number if it has info, its number if its payload is not in the text. */
export const JOB_CELLS = `${textOf(PAYLOAD)}, CASE WHEN ${HAS_INFO} THEN s.id END, CASE WHEN ${HAS_LONG_PAYLOAD} THEN s.id END`;
export const JOB_CELLS_WITHOUT_PAYLOAD = `${textOf("'\"\"'")}, CASE WHEN ${HAS_INFO} THEN s.id END, NULL`;

/** Rows of `JOB_CELLS`. `blobs` false: without result and checkpoint. */
export function jobRows(context: Context, rows: readonly Row[], blobs: boolean): JobRows {
  const info: number[] = [];
  const payloads: number[] = [];
  for (const [, hasInfo, hasPayload] of rows) {
    if (hasInfo !== null) info.push(hasInfo as number);
    if (hasPayload !== null) payloads.push(hasPayload as number);
  }
  return {
    text: `[${rows.map(([text]) => text).join(",")}]`,
    info: readInfo(context.db, info, blobs),
    payloads: readPayloads(context, payloads),
  };
}

const PAYLOADS = "SELECT j.id, j.payload FROM json_each(?) k CROSS JOIN jobs j ON j.id = k.value";

export function readPayloads({ db }: Context, ids: readonly number[]): Map<number, Uint8Array> {
  if (ids.length === 0) return new Map();
  return new Map(db.all(PAYLOADS, [JSON.stringify(ids)]) as (readonly [number, Uint8Array])[]);
}

const BY_SLUG = `SELECT ${JOB_CELLS} FROM job_state s CROSS JOIN jobs j ON j.id = s.id WHERE s.slug = ?`;

/** The whole job, as one moment had it. */
export function readJob(context: Context, slug: string): JobRows | undefined {
  return context.db.reading(() => {
    const row = context.db.get(BY_SLUG, [slug]);
    return row && jobRows(context, [row], true);
  });
}

const BY_SLUGS = `SELECT ${JOB_CELLS}
  FROM json_each(?) k CROSS JOIN job_state s ON s.slug = k.value CROSS JOIN jobs j ON j.id = s.id`;

/** Those that there are. */
export function readJobs(context: Context, slugs: readonly string[]): JobRows {
  return context.db.reading(() => jobRows(context, context.db.all(BY_SLUGS, [JSON.stringify(slugs)]), true));
}

const INSERT_FRESH = new Insert("job_state", ["id", "slug", "kind_id", "info", ...FRESH_COLUMNS]);
const INSERT_WHOLE = new Insert("job_state", ["id", "slug", "kind_id", "info", ...OWN_COLUMNS, ...STANDING_COLUMNS]);
const INSERT_JOB = new Insert("jobs", ["id", "definition", "payload"]);

/** The jobs at these places, in rising order, whose slugs are free. */
export function insertJobs({ db, kinds }: Context, jobs: JobWrites, places: readonly number[]): void {
  if (places.length === 0) return;
  let id = Number(db.get("SELECT max(id) FROM job_state")?.[0] ?? 0);
  const fresh: Value[] = [];
  const whole: Value[] = [];
  const definitions: Value[] = [];
  const columns = new ColumnReader(jobs);
  for (const at of places) {
    id++;
    const info = jobs.info.get(at) ?? null;
    const values = columns.isWhole(at) ? whole : fresh;
    values.push(id, jobs.slugs[at] as string, kinds.take(jobs.kinds[at] as string), info ? 1 : 0);
    columns.read(at, values);
    definitions.push(id, jobs.definitions[at] as string, payloadAt(jobs, at));
    writeInfo(db, id, info, false);
  }
  INSERT_FRESH.run(db, fresh);
  INSERT_WHOLE.run(db, whole);
  INSERT_JOB.run(db, definitions);
}

function payloadAt({ payloads, ends }: JobWrites, at: number): Uint8Array | null {
  const from = at === 0 ? 0 : (ends[at - 1] as number);
  const to = ends[at] as number;
  return from === to ? null : payloads.subarray(from, to);
}

/** Walks along columns of two widths, from place to place. */
class ColumnReader {
  #at = 0;
  #from = 0;
  readonly #whole: ReadonlySet<number>;

  constructor(private readonly jobs: JobWrites) {
    this.#whole = new Set(jobs.whole);
  }

  isWhole(at: number): boolean {
    return this.#whole.has(at);
  }

  /** Places must rise. */
  read(at: number, into: Value[]): void {
    for (; this.#at < at; this.#at++) this.#from += this.#width(this.#at);
    const to = this.#from + this.#width(at);
    for (let from = this.#from; from < to; from++) into.push(this.jobs.columns[from] as Value);
  }

  #width(at: number): number {
    return this.#whole.has(at) ? OWN_COLUMNS.length + STANDING_COLUMNS.length : FRESH_COLUMNS.length;
  }
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
