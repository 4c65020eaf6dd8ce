import type { Cancellation, ServerFrame, Welcome } from "../dispatch/frames.js";
import { asBuffer } from "./bytes.js";
import {
  CancelReason,
  type HeldTask as WireHeldTask,
  type Welcome as WireWelcome,
  WorkResponse,
} from "./gen/tickwire/v1/worker.js";
import { toDuration, toTimestamp } from "./time.js";
import { writeReceipts, writeTasks } from "./write-tasks.js";

const CANCEL_REASON = {
  requested: CancelReason.REQUESTED,
  timed_out: CancelReason.TIMED_OUT,
  lease_lost: CancelReason.LEASE_LOST,
  job_deleted: CancelReason.JOB_DELETED,
} as const satisfies Record<Cancellation["reason"], CancelReason>;

/** A server's frame as the bytes of its WorkResponse. */
export function writeServerFrame(frame: ServerFrame): Buffer {
  if (frame.type === "tasks") return writeTasks(frame.tasks);
  if (frame.type === "receipts") return writeReceipts(frame.receipts);
  return asBuffer(WorkResponse.encode({ frame: wireFrame(frame) }).finish());
}

type RareFrame = Exclude<ServerFrame, { readonly type: "tasks" | "receipts" }>;

function wireFrame(frame: RareFrame): NonNullable<WorkResponse["frame"]> {
  switch (frame.type) {
    case "welcome":
      return { $case: "welcome", value: wireWelcome(frame.welcome) };
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
    conflictingKinds: [...welcome.conflictingKinds],
    protocolRevision: welcome.protocolRevision,
    serverTime: toTimestamp(welcome.serverTime),
  };
}

function wireHeld({ slug, token }: Welcome["adopted"][number]): WireHeldTask {
  return { slug, token: Buffer.from(token, "hex"), elapsed: undefined, finished: false };
}
