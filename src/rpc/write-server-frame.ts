import type { Cancellation, Receipt, ServerFrame, TaskFrame, Welcome } from "../dispatch/frames.js";
import { asBuffer } from "./bytes.js";
import {
  CancelReason,
  ReceiptState,
  type HeldTask as WireHeldTask,
  type Receipt as WireReceipt,
  type Task as WireTask,
  type Welcome as WireWelcome,
  WorkResponse,
} from "./gen/tickwire/v1/worker.js";
import { toDuration, toTimestamp } from "./time.js";

const RECEIPT_STATE = {
  recorded: ReceiptState.RECORDED,
  stale: ReceiptState.STALE,
  rejected: ReceiptState.REJECTED,
} as const satisfies Record<Receipt["state"], ReceiptState>;

const CANCEL_REASON = {
  requested: CancelReason.REQUESTED,
  timed_out: CancelReason.TIMED_OUT,
  lease_lost: CancelReason.LEASE_LOST,
  job_deleted: CancelReason.JOB_DELETED,
} as const satisfies Record<Cancellation["reason"], CancelReason>;

const NO_BYTES = Buffer.alloc(0);
const NO_PAIRS: Map<string, string> = new Map();

/** A server's frame as the bytes of its WorkResponse. */
export function writeServerFrame(frame: ServerFrame): Buffer {
  return asBuffer(WorkResponse.encode({ frame: wireFrame(frame) }).finish());
}

function wireFrame(frame: ServerFrame): NonNullable<WorkResponse["frame"]> {
  switch (frame.type) {
    case "welcome":
      return { $case: "welcome", value: wireWelcome(frame.welcome) };
    case "tasks":
      return { $case: "tasks", value: { tasks: frame.tasks.map(wireTask) } };
    case "receipts":
      return { $case: "receipts", value: { receipts: frame.receipts.map(wireReceipt) } };
    case "cancellations":
      return { $case: "cancellations", value: { cancellations: frame.cancellations.map(wireCancellation) } };
    case "drain": {
      const { graceMs, reconnectDelayMs } = frame;
      return { $case: "drain", value: { grace: toDuration(graceMs), reconnectDelay: toDuration(reconnectDelayMs) } };
    }
    case "ping":
      return { $case: "ping", value: {} };
  }
}

function wireTask(task: TaskFrame): WireTask {
  return {
    slug: task.slug,
    jobUid: task.jobUid,
    kind: task.kind,
    token: Buffer.from(task.token, "hex"),
    runId: task.runId,
    occurrenceId: task.occurrenceId,
    payload: asBuffer(task.payload),
    contentType: task.contentType,
    labels: wirePairs(task.labels),
    scheduledTime: toTimestamp(task.scheduledAt),
    attempt: task.attempt,
    maxAttempts: task.maxAttempts,
    fence: BigInt(task.fence),
    timeout: toDuration(task.timeoutMs),
    previousError: task.previousError,
    previousCheckpoint: task.previousCheckpoint ? asBuffer(task.previousCheckpoint) : NO_BYTES,
    traceContext: wirePairs(task.traceContext),
  };
}

function wirePairs(pairs: Readonly<Record<string, string>>): Map<string, string> {
  for (const _ in pairs) return new Map(Object.entries(pairs));
  return NO_PAIRS;
}

function wireReceipt({ token, state, message }: Receipt): WireReceipt {
  return { token: Buffer.from(token, "hex"), state: RECEIPT_STATE[state], message };
}

function wireCancellation({ slug, token, reason }: Cancellation) {
  return { slug, token: Buffer.from(token, "hex"), reason: CANCEL_REASON[reason] };
}

function wireWelcome(welcome: Welcome): WireWelcome {
  return {
    workerId: welcome.workerId,
    serverId: welcome.serverId,
    pingInterval: toDuration(welcome.pingIntervalMs),
    reconnectGrace: toDuration(welcome.reconnectGraceMs),
    adopted: welcome.adopted.map(wireHeld),
    stale: welcome.stale.map(wireHeld),
    conflictingKinds: [],
    protocolRevision: welcome.protocolRevision,
    serverTime: toTimestamp(welcome.serverTime),
  };
}

function wireHeld({ slug, token }: Welcome["adopted"][number]): WireHeldTask {
  return { slug, token: Buffer.from(token, "hex"), elapsed: undefined, finished: false };
}
