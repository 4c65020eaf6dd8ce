import type { OutcomeSource, StoredJob } from "../../core/job.js";
import type { Settled } from "../../core/settle.js";
import { rounds } from "../rounds.js";
import type { ReleaseResult, ReleaseWrite } from "../store.js";
import { runFactsText } from "../text/run-facts.js";
import { arrays, assignments, type Columns, STANDING, table } from "./columns.js";
import { type Context, now } from "./context.js";
import { type Cell, STATEMENT_MS, type Value } from "./database.js";
import { insist } from "./failure.js";
import { standingCells } from "./job-row.js";
import { readJobs } from "./jobs.js";
import { insertRuns, RUN_PARAMETERS, runsOf, runValues } from "./runs.js";

/** What decides whether an outcome may be written. */
const GUARD: Columns = [
  ["slug", "text"],
  ["token", "text"],
  ["lease", "text"],
  ["etag", "text"],
];

/** `w.lease` NULL: whichever it is. */
const HOLDS = `j.slug = w.slug AND j.lock_token = w.token AND (w.lease IS NULL OR j.lock_lease = w.lease)
  AND j.etag = w.etag`;

const FREED: Columns = [...GUARD, ...STANDING, ["new_payload", "bytea"]];

const FREE = `lock_token = NULL, lock_lease = NULL, lock_stream = NULL, lock_slot = NULL, lock_since = NULL,
  kept_occurrence = NULL, kept_trigger_count = NULL, kept_counts = NULL`;

/** The clock is parameter 1. Frees and writes the jobs where the guard holds. */
const putJobs = (from: number, mark: string) => `UPDATE @jobs j SET ${FREE}, ${assignments(STANDING, "w")},
  payload = coalesce(w.new_payload, j.payload), rev = j.rev + 1, updated_at = ${now(1)}, mark = ${mark}
  FROM ${table("w", FREED, from)} WHERE ${HOLDS} RETURNING j.slug`;

const deleteJobs = (from: number) =>
  `DELETE FROM @jobs j USING ${table("w", GUARD, from)} WHERE ${HOLDS} RETURNING j.slug`;

/** One statement for all outcomes that leave their job, and one for all that end it: the job's write and its run are one commit. */
export const PUT = `WITH done AS (${putJobs(2 + RUN_PARAMETERS, "NULL")}), r AS (${insertRuns("done", 2)}) SELECT slug FROM done`;
export const DELETE = `WITH done AS (${deleteJobs(2 + RUN_PARAMETERS)}), r AS (${insertRuns("done", 2)}) SELECT slug FROM done`;

/** The same for what `start` found: no run. $1 the clock, $2 the mark. */
export const FREE_PUT = putJobs(3, "$2");
export const FREE_DELETE = deleteJobs(1);

export interface Freeing {
  readonly slug: string;
  readonly token: string;
  readonly lease?: string;
  readonly etag: string;
  readonly settled: Settled;
}

/** The arrays of `FREED`, or, of those that are deleted, of `GUARD`. */
export function freedValues(writes: readonly Freeing[]): Value[] {
  const guard = ({ slug, token, lease, etag }: Freeing): Cell[] => [slug, token, lease ?? null, etag];
  if (writes.every(({ settled }) => settled.type === "delete")) return arrays(GUARD, writes.map(guard));
  const rows = writes.map((write) => {
    const { settled } = write;
    if (settled.type === "delete") throw new Error("a delete is not a put");
    return [...guard(write), ...standingCells(settled.standing), settled.payload ?? null];
  });
  return arrays(FREED, rows);
}

export async function release(context: Context, writes: readonly ReleaseWrite[]): Promise<ReleaseResult[]> {
  const results: ReleaseResult[] = new Array(writes.length);
  for (const round of rounds(writes, ({ slug }) => slug)) {
    const answers = await releaseRound(
      context,
      round.map(({ item }) => item),
    );
    for (const [n, { at }] of round.entries()) results[at] = answers[n] as ReleaseResult;
  }
  return results;
}

/** No slug is in it twice. */
async function releaseRound(context: Context, writes: readonly ReleaseWrite[]): Promise<ReleaseResult[]> {
  const results = new Map<ReleaseWrite, ReleaseResult>();
  for (let open = writes; open.length > 0; open = open.filter((write) => !results.has(write))) {
    const [done, again] = await commit(context, open);
    for (const write of done) results.set(write, { status: "recorded" });
    const refused = open.filter((write) => !done.has(write));
    if (refused.length === 0) break;
    for (const [write, result] of await reasons(context, refused, again)) results.set(write, result);
  }
  return writes.map((write) => results.get(write) as ReleaseResult);
}

/** Those that were written; and whether a try before the last one may have been, too. */
async function commit(
  context: Context,
  writes: readonly ReleaseWrite[],
): Promise<readonly [done: Set<ReleaseWrite>, again: boolean]> {
  let unsure = false;
  const slugs = new Set<Value>();
  const groups = (["put", "delete"] as const).map(async (type) => {
    const some = writes.filter(({ settled }) => settled.type === type);
    if (some.length === 0) return;
    const runs = runValues(some.map(({ slug, token, run }) => ({ ...run, slug, token })));
    const rows = await insist(STATEMENT_MS, (again) => {
      unsure ||= again;
      return context.db.rows(type === "put" ? PUT : DELETE, [context.clock.value, ...runs, ...freedValues(some)]);
    });
    for (const [slug] of rows) slugs.add(slug as string);
  });
  const settled = await Promise.allSettled(groups);
  for (const one of settled) if (one.status === "rejected") throw one.reason;
  return [new Set(writes.filter(({ slug }) => slugs.has(slug))), unsure];
}

const GUARDS =
  "SELECT slug, lock_token, lock_lease, etag, last_token, last_by FROM @jobs WHERE slug = ANY ($1::text[])";

/** Why a write was refused. One without an answer may be tried again: it would hold now. */
async function reasons(
  context: Context,
  refused: readonly ReleaseWrite[],
  again: boolean,
): Promise<Map<ReleaseWrite, ReleaseResult>> {
  const rows = await context.db.read(GUARDS, [refused.map(({ slug }) => slug)]);
  const guards = new Map(rows.map((row) => [row[0], row]));
  const ended: ReleaseWrite[] = [];
  const changed: ReleaseWrite[] = [];
  const results = new Map<ReleaseWrite, ReleaseResult>();
  for (const write of refused) {
    const [, token, lease, etag] = guards.get(write.slug) ?? [];
    if (token !== write.token) ended.push(write);
    else if (write.lease !== undefined && lease !== write.lease) results.set(write, { status: "moved" });
    else if (etag !== write.etag) changed.push(write);
  }
  const runs = await runsOf(context, ended);
  for (const write of ended) {
    const [, , , , lastToken, lastBy] = guards.get(write.slug) ?? [];
    const run = runs.get(write.token);
    const own = again && run?.facts === runFactsText(write.run);
    const by = run?.by ?? (lastToken === write.token ? (lastBy as OutcomeSource) : undefined);
    // A worker that sends its stored outcome again hears that it is stored; anybody else, that the token is of the past.
    const recorded = own || (write.run.by === "worker" && by === "worker");
    results.set(write, { status: recorded ? "recorded" : "stale" });
  }
  const jobs = await readJobs(
    context,
    changed.map(({ slug }) => slug),
  );
  for (const write of changed) {
    const job = jobs.get(write.slug)?.job;
    if (job && isStillHeld(job, write)) results.set(write, { status: "changed", job });
  }
  return results;
}

function isStillHeld(job: StoredJob, { token, lease, etag }: ReleaseWrite): boolean {
  return job.lock?.token === token && (lease === undefined || job.lock.lease === lease) && job.etag !== etag;
}
