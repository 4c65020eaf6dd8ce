import type { RunCause, RunState } from "../../core/job.js";
import type { Outcome } from "../../core/outcome.js";
import type { Run } from "../../core/run.js";
import { runIdOf } from "../token.js";

/** What no filter and no guard asks for, as one JSON text. Empty texts are left out. */
export interface RunFacts {
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

export function runFactsText(run: Run): string {
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
  return JSON.stringify(facts);
}

/** What is filtered, guarded or large: columns of their own. */
type Columns = Pick<Run, "slug" | "kind" | "token" | "state" | "by" | "hidden" | "endedAt" | "expireAt" | "result">;

/** `effect` is only what the run itself says: where a run is written with its job nothing is ever settled from it again. */
export function runWith(columns: Columns, facts: RunFacts): Run {
  const { token, state, by, endedAt, result } = columns;
  const { error = "", workerId = "", serverId = "", createId } = facts;
  return {
    token,
    runId: runIdOf(token),
    slug: columns.slug,
    jobUid: facts.jobUid,
    kind: columns.kind,
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
    hidden: columns.hidden,
    expireAt: columns.expireAt,
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
