import type { OutcomeSource, Standing, StoredJob } from "../../core/job.js";
import type { Run } from "../../core/run.js";
import type { Settled } from "../../core/settle.js";
import type { AmendResult, ReleaseResult, ReleaseWrite } from "../store.js";
import type { Context } from "./context.js";
import { writeInfo } from "./job-info.js";
import { STANDING_COLUMNS, standingValues } from "./job-row.js";
import { deleteJobs, readJob, writePayload } from "./jobs.js";
import { rounds } from "./rounds.js";
import { insertRuns, sourceOfRun } from "./runs.js";
import { standingText } from "./standing-text.js";

/** What decides whether an outcome may be written. */
export interface Guard {
  readonly id: number;
  readonly token: string | null;
  readonly lease: string | null;
  readonly etag: string;
  readonly lastToken: string | null;
  readonly lastBy: OutcomeSource | null;
  readonly hasInfo: boolean;
}

const GUARDS = `SELECT json_array(k.key, s.id, s.lock_token, s.lock_lease, s.etag, s.last_token, s.last_by, s.info)
  FROM json_each(?) k CROSS JOIN job_state s ON s.slug = k.value`;

/** In the order of the slugs; undefined where there is no job. */
export function guardsOf(context: Context, slugs: readonly string[]): (Guard | undefined)[] {
  const guards: (Guard | undefined)[] = new Array(slugs.length).fill(undefined);
  for (const [text] of context.db.all(GUARDS, [JSON.stringify(slugs)])) {
    const [at, id, token, lease, etag, lastToken, lastBy, info] = JSON.parse(text as string);
    guards[at as number] = { id, token, lease, etag, lastToken, lastBy, hasInfo: info === 1 };
  }
  return guards;
}

/** `Store.release`, inside a transaction: the job's write and its run are one commit. */
export function releaseJobs(context: Context, writes: readonly ReleaseWrite[]): ReleaseResult[] {
  const results: ReleaseResult[] = new Array(writes.length);
  for (const round of rounds(writes, ({ slug }) => slug)) {
    const guards = guardsOf(
      context,
      round.map(({ item }) => item.slug),
    );
    const runs: Run[] = [];
    const freed: Freed[] = [];
    for (const [index, { item, at }] of round.entries()) {
      const guard = guards[index];
      const refusal = refusalOf(context, item, guard);
      results[at] = refusal ?? { status: "recorded" };
      if (refusal || !guard) continue;
      runs.push(item.run);
      freed.push({ guard, settled: item.settled });
    }
    freeJobs(context, freed);
    insertRuns(context, runs);
  }
  return results;
}

function refusalOf(context: Context, write: ReleaseWrite, guard: Guard | undefined): ReleaseResult | undefined {
  if (!guard || guard.token !== write.token) return { status: answerOfEnded(context, write, guard) };
  if (write.lease !== undefined && write.lease !== guard.lease) return { status: "moved" };
  return guard.etag === write.etag ? undefined : changed(context, write.slug);
}

/** A worker that sends its stored outcome again hears that it is stored; anybody else, that the token is of the past. */
function answerOfEnded(context: Context, write: ReleaseWrite, guard: Guard | undefined): "recorded" | "stale" {
  if (write.run.by !== "worker") return "stale";
  const by =
    guard?.lastToken === write.token && guard.lastBy ? guard.lastBy : sourceOfRun(context, write.slug, write.token);
  return by === "worker" ? "recorded" : "stale";
}

export function changed(
  context: Context,
  slug: string,
): AmendResult & { readonly status: "changed"; readonly job: StoredJob } {
  const job = readJob(context, slug)?.job;
  if (!job) throw new Error("a job that was just found is gone inside one transaction");
  return { status: "changed", job };
}

export interface Freed {
  readonly guard: Guard;
  readonly settled: Settled;
}

/** Writes what was settled for jobs whose locks are the caller's to end, and frees those. */
export function freeJobs(context: Context, freed: readonly Freed[]): void {
  const gone = freed.filter(({ settled }) => settled.type === "delete").map(({ guard }) => guard);
  deleteJobs(
    context,
    gone.map(({ id }) => id),
    gone.filter(({ hasInfo }) => hasInfo).map(({ id }) => id),
  );
  for (const { guard, settled } of freed) {
    if (settled.type === "delete") continue;
    putStanding(context, guard, settled.standing);
    if (settled.payload) writePayload(context, guard.id, settled.payload);
  }
}

const PUT = `UPDATE job_state SET lock_token = NULL, lock_lease = NULL, lock_stream = NULL, lock_slot = NULL,
  lock_since = NULL, rev = rev + 1, ${STANDING_COLUMNS.map((name) => `${name} = ?`).join(", ")} WHERE id = ?`;

function putStanding(context: Context, guard: Guard, standing: Standing): void {
  const hasInfo = writeInfo(context.db, guard.id, standing, guard.hasInfo);
  context.db.run(PUT, [...standingValues(standing, hasInfo, standingText(standing)), guard.id]);
}
