import type { Log } from "../core/log.js";
import type { Dispatch } from "../dispatch/dispatch.js";
import type { LinkEvents } from "../dispatch/frames.js";
import { SchedulerService } from "./gen/tickwire/v1/scheduler.js";
import { type ReadFrame, readWorkerFrame } from "./read-worker-frame.js";
import { type WorkCall, WorkLink } from "./work-link.js";

/** A token that is longer than this is not repeated in its receipt. */
const ECHOED_BYTES = 64;

const asIs = (bytes: Buffer): Buffer => bytes;

/** `Work` with frames as bytes: `workHandler` decodes them. */
export const workDefinition = {
  ...SchedulerService.work,
  requestSerialize: asIs,
  requestDeserialize: asIs,
  responseSerialize: asIs,
  responseDeserialize: asIs,
} as const;

/** Joins each worker's stream to a session of dispatch. Whatever a worker sends, and whatever fails here, ends this stream at most. */
export function workHandler(dispatch: Pick<Dispatch, "connect">, log: Log): (call: WorkCall) => void {
  return (call) => {
    const link = new WorkLink(call, log, () => guard(() => session?.drained()));
    const guard = (act: () => void): void => {
      try {
        act();
      } catch (error) {
        link.fail(error);
      }
    };
    let session: LinkEvents | undefined;
    let closed = false;
    const close = (): void => {
      if (closed) return;
      closed = true;
      link.closed();
      guard(() => session?.closed());
    };
    // A normal end comes as "cancelled" too; "close" covers a stream that was destroyed before its listener was there.
    call.once("cancelled", close);
    call.once("close", close);
    guard(() => {
      session = dispatch.connect(link);
    });
    const receive = receiver(link, log, () => session);
    call.on("data", (bytes: Buffer) => {
      if (!link.ended) guard(() => receive(bytes));
    });
    // A worker that sends no more has left: what is out stays locked, and waits for its next stream.
    call.once("end", () => link.end());
  };
}

/** Takes one stream's frames to its session. */
function receiver(link: WorkLink, log: Log, session: () => LinkEvents | undefined): (bytes: Buffer) => void {
  let saidHello = false;
  return (bytes) => {
    const read = readWorkerFrame(bytes);
    if (read.refused) log.warn({ err: read.refused }, "capacity frame refused");
    saidHello ||= read.frame?.type === "hello";
    if (read.frame) session()?.frame(read.frame);
    // What we don't know is a sign of life, as a ping is; nothing stands in for a hello.
    else if (saidHello) session()?.frame({ type: "ping" });
    if (saidHello && read.strays.length > 0) answerStrays(link, read);
  };
}

/** No task has such a token: the answer needs no session. */
function answerStrays(link: WorkLink, { strays }: ReadFrame): void {
  const receipts = strays.map((token) => {
    const echoed = token.subarray(0, ECHOED_BYTES).toString("hex");
    return { token: echoed, state: "stale", message: "" } as const;
  });
  link.send({ type: "receipts", receipts });
}
