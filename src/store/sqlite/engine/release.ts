import type { OutcomeSource } from "../../../core/job.js";
import { rounds } from "../../rounds.js";
import { STANDING_COLUMNS } from "../columns.js";
import type { JobRows, ReleaseAnswer, ReleaseItem, RunWrite, StandingWrite } from "../wire.js";
import type { Context } from "./context.js";
import { writeInfo } from "./job-info.js";
import { deleteJobs, readJob, writePayload } from "./jobs.js";
import { insertRuns, sourceOfRun } from "./runs.js";

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

const GUARDS = `SELECT json_group_array(json_array(k.key, s.id, s.lock_token, s.lock_lease, s.etag, s.last_token, s.last_by, s.info))
  FROM json_each(?) k CROSS JOIN job_state s ON s.slug = k.value`;

type GuardText = readonly [
  at: number,
  id: number,
  token: string | null,
  lease: string | null,
  etag: string,
  lastToken: string | null,
  lastBy: OutcomeSource | null,
  info: number,
];

/** In the order of the slugs; undefined where there is no job. */
export function guardsOf(context: Context, slugs: readonly string[]): (Guard | undefined)[] {
  const guards: (Guard | undefined)[] = new Array(slugs.length).fill(undefined);
  const found = JSON.parse(context.db.get(GUARDS, [JSON.stringify(slugs)])?.[0] as string) as GuardText[];
  for (const [at, id, token, lease, etag, lastToken, lastBy, info] of found) {
    guards[at] = { id, token, lease, etag, lastToken, lastBy, hasInfo: info === 1 };
  }
  return guards;
}

/** The job's write and its run are one commit. */
export function releaseJobs(context: Context, items: readonly ReleaseItem[], nowMs: number): ReleaseAnswer[] {
  const answers: ReleaseAnswer[] = new Array(items.length);
  for (const round of rounds(items, ([slug]) => slug)) {
    const guards = guardsOf(
      context,
      round.map(({ item }) => item[0]),
    );
    const runs: RunWrite[] = [];
    const freed: Freed[] = [];
    for (const [index, { item, at }] of round.entries()) {
      const guard = guards[index];
      const refusal = refusalOf(context, item, guard);
      answers[at] = refusal ?? "recorded";
      if (refusal !== undefined || !guard) continue;
      freed.push({ guard, put: item[5] });
      runs.push(item[6]);
    }
    freeJobs(context, freed, nowMs);
    insertRuns(context, runs);
  }
  return answers;
}

function refusalOf(context: Context, item: ReleaseItem, guard: Guard | undefined): ReleaseAnswer | undefined {
  const [slug, token, lease, etag] = item;
  if (!guard || guard.token !== token) return answerOfEnded(context, item, guard);
  if (lease !== null && lease !== guard.lease) return "moved";
  return guard.etag === etag ? undefined : changed(context, slug);
}

/** A worker that sends its stored outcome again hears that it is stored; anybody else, that the token is of the past. */
function answerOfEnded(context: Context, item: ReleaseItem, guard: Guard | undefined): "recorded" | "stale" {
  const [slug, token, , , byWorker] = item;
  if (!byWorker) return "stale";
  const by = guard?.lastToken === token && guard.lastBy ? guard.lastBy : sourceOfRun(context, slug, token);
  return by === "worker" ? "recorded" : "stale";
}

export function changed(context: Context, slug: string): JobRows {
  const job = readJob(context, slug);
  if (!job) throw new Error("a job that was just found is gone inside one transaction");
  return job;
}

export interface Freed {
  readonly guard: Guard;
  /** Null: the job is deleted. */
  readonly put: StandingWrite | null;
}

const PUT = `UPDATE job_state SET lock_token = NULL, lock_lease = NULL, lock_stream = NULL, lock_slot = NULL,
  lock_since = NULL, rev = rev + 1, updated_at = ?, info = ?, ${STANDING_COLUMNS.map((name) => `${name} = ?`).join(", ")} WHERE id = ?`;

/** Writes what was settled for jobs whose locks are the caller's to end, and frees those. */
export function freeJobs(context: Context, freed: readonly Freed[], nowMs: number): void {
  const gone: number[] = [];
  const withInfo: number[] = [];
  for (const { guard, put } of freed) {
    const { id, hasInfo } = guard;
    if (put) {
      writeInfo(context.db, id, put.info, hasInfo);
      context.db.run(PUT, [nowMs, put.info ? 1 : 0, ...put.columns, id]);
      if (put.payload) writePayload(context, id, put.payload[0]);
    } else {
      gone.push(id);
      if (hasInfo) withInfo.push(id);
    }
  }
  deleteJobs(context, gone, withInfo);
}
