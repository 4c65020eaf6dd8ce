import type { Run as Wire } from "../gen/tickwire/v1/run.js";
import type { Run } from "../run.js";
import { runCauses, runStates } from "./enums.js";
import { toDate } from "./time.js";

export function fromWireRun(wire: Wire): Run {
  return {
    runId: wire.runId,
    occurrenceId: wire.occurrenceId,
    slug: wire.slug,
    jobUid: wire.jobUid,
    kind: wire.kind,
    attempt: wire.attempt,
    state: runStates.name(wire.state) ?? "unknown",
    cause: runCauses.name(wire.cause) ?? "unknown",
    scheduledTime: toDate(wire.scheduledTime),
    dueTime: toDate(wire.dueTime),
    startTime: toDate(wire.startTime),
    endTime: toDate(wire.endTime),
    error: wire.error,
    result: wire.result,
    resultTruncated: wire.resultTruncated,
    workerId: wire.workerId,
    serverId: wire.serverId,
  };
}
