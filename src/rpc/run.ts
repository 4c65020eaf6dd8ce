import { occurrenceId } from "../core/job.js";
import type { Run as CoreRun } from "../core/run.js";
import { RUN_CAUSE, RUN_STATE } from "./enums.js";
import type { Run } from "./gen/tickwire/v1/run.js";
import { bytes } from "./job.js";
import { toTimestamp } from "./time.js";

/** A run as callers see it, without its token. `full`: with its result. */
export function writeRun(run: CoreRun, full: boolean): Run {
  return {
    runId: run.runId,
    occurrenceId: occurrenceId(run.slug, run.occurrence),
    slug: run.slug,
    jobUid: run.jobUid,
    kind: run.kind,
    attempt: run.attempt,
    state: RUN_STATE[run.state],
    cause: RUN_CAUSE[run.cause],
    scheduledTime: toTimestamp(run.occurrence),
    dueTime: toTimestamp(run.dueAt),
    startTime: toTimestamp(run.startedAt),
    endTime: toTimestamp(run.endedAt),
    error: run.error,
    result: full ? bytes(run.result) : Buffer.alloc(0),
    resultTruncated: run.resultTruncated,
    workerId: run.workerId,
    serverId: run.serverId,
  };
}
