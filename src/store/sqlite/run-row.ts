import type { OutcomeSource, RunCause, RunState } from "../../core/job.js";
import type { Outcome } from "../../core/outcome.js";
import type { Run } from "../../core/run.js";
import { runIdOf } from "../token.js";
import { readBytes, storedBytes } from "./bytes.js";
import type { RunRow, RunWrite } from "./wire.js";

/** What no filter and no guard asks for, as one JSON text. Empty texts are left out. */
interface RunFacts {
  readonly jobUid: string;
  readonly occurrence: number;
  readonly cause: RunCause;
  readonly attempt: number;
  /** Absent: the occurrence's time. */
  readonly dueAt?: number;
  readonly startedAt: number;
  readonly error?: string;
  readonly resultTruncated?: true;
  readonly workerId?: string;
  readonly serverId?: string;
  readonly createId?: string;
}

export function runWrite(run: Run): RunWrite {
  const occurrence = run.occurrence.getTime();
  const dueAt = run.dueAt.getTime();
  const facts: { [name in keyof RunFacts]: RunFacts[name] | undefined } = {
    jobUid: run.jobUid,
    occurrence,
    cause: run.cause,
    attempt: run.attempt,
    dueAt: dueAt === occurrence ? undefined : dueAt,
    startedAt: run.startedAt.getTime(),
    error: run.error || undefined,
    resultTruncated: run.resultTruncated || undefined,
    workerId: run.workerId || undefined,
    serverId: run.serverId || undefined,
    createId: run.createId,
  };
  // In the order of `RUN_COLUMNS`.
  const values = [
    run.slug,
    run.token,
    run.state,
    run.by,
    run.endedAt.getTime(),
    run.expireAt.getTime(),
    run.hidden ? 1 : 0,
    JSON.stringify(facts),
    storedBytes(run.result),
  ];
  return [run.kind, values];
}

/** The engine's `RUN_TEXT` makes it, in this order. */
type RunText = readonly [columns: Columns, facts: RunFacts];

type Columns = readonly [
  slug: string,
  token: string,
  state: RunState,
  by: OutcomeSource,
  endedAt: number,
  expireAt: number,
  hidden: number,
];

/** `effect` is only what the run itself says: this store writes a run with its job, so nothing is ever settled from it again. */
export function runOf([text, blob, kind]: RunRow): Run {
  const [columns, facts] = JSON.parse(text) as RunText;
  const [slug, token, state, by, endedAtMs, expireAt, hidden] = columns;
  const { error = "", workerId = "", serverId = "", createId } = facts;
  const result = readBytes(blob);
  const endedAt = new Date(endedAtMs);
  return {
    token,
    runId: runIdOf(token),
    slug,
    jobUid: facts.jobUid,
    kind,
    occurrence: new Date(facts.occurrence),
    cause: facts.cause,
    attempt: facts.attempt,
    state,
    by,
    dueAt: new Date(facts.dueAt ?? facts.occurrence),
    startedAt: new Date(facts.startedAt),
    endedAt,
    error,
    result,
    resultTruncated: facts.resultTruncated ?? false,
    workerId,
    serverId,
    ...(createId !== undefined && { createId }),
    hidden: hidden === 1,
    expireAt: new Date(expireAt),
    effect: { outcome: outcomeOf(state, error, result), by, endedAt, unit: 0, workerId, serverId },
  };
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
