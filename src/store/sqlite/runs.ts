import type { OutcomeSource, RunCause, RunState } from "../../core/job.js";
import type { Outcome } from "../../core/outcome.js";
import type { Run } from "../../core/run.js";
import { runIdOf } from "../token.js";
import type { Row, Value } from "./connection.js";
import type { Context } from "./context.js";
import { bytes } from "./job-row.js";
import { inRows, runRows } from "./multi-row.js";

/** What no filter and no guard asks for. Empty texts are left out. */
interface RunFacts {
  readonly jobUid: string;
  readonly occurrence: number;
  readonly cause: RunCause;
  readonly attempt: number;
  readonly dueAt: number;
  readonly startedAt: number;
  readonly error?: string;
  readonly resultTruncated?: true;
  readonly workerId?: string;
  readonly serverId?: string;
}

const COLUMNS = [
  "id",
  "slug",
  "kind_id",
  "token",
  "state",
  "by",
  "ended_at",
  "expire_at",
  "hidden",
  "create_id",
  "facts",
  "result",
];
const INSERT = inRows(`INSERT INTO runs (${COLUMNS.join(", ")}) VALUES`, COLUMNS.length);

/**
 * Adds to the history, in the order of the commits: a row's number is its place, one above the newest, which is never removed.
 * The caller has checked, in this transaction, that no run has the token.
 */
export function insertRuns(context: Context, runs: readonly Run[]): void {
  if (runs.length === 0) return;
  let id = Number(context.db.get("SELECT max(id) FROM runs")?.[0] ?? 0);
  runRows(
    context.db,
    INSERT,
    runs.map((run) => [++id, ...valuesOf(context, run)]),
  );
}

function valuesOf(context: Context, run: Run): Value[] {
  const facts: { [name in keyof RunFacts]: RunFacts[name] | undefined } = {
    jobUid: run.jobUid,
    occurrence: run.occurrence.getTime(),
    cause: run.cause,
    attempt: run.attempt,
    dueAt: run.dueAt.getTime(),
    startedAt: run.startedAt.getTime(),
    error: run.error || undefined,
    resultTruncated: run.resultTruncated || undefined,
    workerId: run.workerId || undefined,
    serverId: run.serverId || undefined,
  };
  return [
    run.slug,
    context.kinds.take(run.kind),
    run.token,
    run.state,
    run.by,
    run.endedAt.getTime(),
    run.expireAt.getTime(),
    run.hidden ? 1 : 0,
    run.createId ?? null,
    JSON.stringify(facts),
    run.result.length > 0 ? run.result : null,
  ];
}

/**
 * A run's place in its slug's history is not indexed by token: the newest are looked at first, and this many at most. What a
 * worker sends again after so many later runs of one job is answered as stale.
 */
const LOOKED_BACK = 20_000;

const BY_TOKEN = `SELECT by FROM (SELECT token, by FROM runs WHERE slug = ? ORDER BY id DESC LIMIT ${LOOKED_BACK})
  WHERE token = ? LIMIT 1`;

/** Who ended the attempt. */
export function sourceOfRun(context: Context, slug: string, token: string): OutcomeSource | undefined {
  return context.db.get(BY_TOKEN, [slug, token])?.[0] as OutcomeSource | undefined;
}

const BY_CREATE_ID = `SELECT 1 FROM (SELECT create_id FROM runs WHERE slug = ? ORDER BY id DESC LIMIT ${LOOKED_BACK})
  WHERE create_id = ? LIMIT 1`;

/** A job of this slug that this call made has run. */
export function hasRunOfCall(context: Context, slug: string, createId: string): boolean {
  return context.db.get(BY_CREATE_ID, [slug, createId]) !== undefined;
}

/** For `runOfRow`; `r` is `runs`. */
export const RUN_COLUMNS = `json_array(r.id, r.slug, r.kind_id, r.token, r.state, r.by, r.ended_at, r.expire_at, r.hidden,
  r.create_id), r.facts`;

type Facts = readonly [
  id: number,
  slug: string,
  kindId: number,
  token: string,
  state: RunState,
  by: OutcomeSource,
  endedAt: number,
  expireAt: number,
  hidden: number,
  createId: string | null,
];

/** `effect` is only what the run itself says: this store writes a run with its job, so nothing is ever settled from it again. */
export function runOfRow(row: Row, kindName: (id: number) => string): { readonly id: number; readonly run: Run } {
  const [columns, factsText, blob] = row as [string, string, Uint8Array | null | undefined];
  const [id, slug, kindId, token, state, by, endedAtMs, expireAt, hidden, createId] = JSON.parse(columns) as Facts;
  const facts = JSON.parse(factsText) as RunFacts;
  const { error = "", workerId = "", serverId = "" } = facts;
  const result = blob ? bytes(blob) : new Uint8Array(0);
  const endedAt = new Date(endedAtMs);
  const run: Run = {
    token,
    runId: runIdOf(token),
    slug,
    jobUid: facts.jobUid,
    kind: kindName(kindId),
    occurrence: new Date(facts.occurrence),
    cause: facts.cause,
    attempt: facts.attempt,
    state,
    by,
    dueAt: new Date(facts.dueAt),
    startedAt: new Date(facts.startedAt),
    endedAt,
    error,
    result,
    resultTruncated: facts.resultTruncated ?? false,
    workerId,
    serverId,
    ...(createId !== null && { createId }),
    hidden: hidden === 1,
    expireAt: new Date(expireAt),
    effect: { outcome: outcomeOf(state, error, result), by, endedAt, unit: 0, workerId, serverId },
  };
  return { id, run };
}

function outcomeOf(state: RunState, error: string, result: Uint8Array): Outcome {
  switch (state) {
    case "succeeded":
      return { type: "success", result };
    case "failed":
      return { type: "failure", error };
    case "timed_out":
    case "lost":
      return { type: state, error };
    case "cancelled":
    case "released":
      return { type: state };
    case "snoozed":
      return { type: "snoozed", delayMs: 0 };
  }
}
