import { encodePayload, type Payload } from "../payload.js";

/** How an attempt ended, in the worker's words. */
export type Outcome =
  | {
      readonly type: "success";
      readonly result: Buffer;
      readonly payload?: Buffer | undefined;
      readonly nextTime?: Date | undefined;
      readonly lastRun?: boolean | undefined;
    }
  | {
      readonly type: "failure";
      readonly error: string;
      readonly permanent: boolean;
      readonly retryAfterMs: number | undefined;
    }
  | { readonly type: "released" }
  | { readonly type: "snoozed"; readonly delayMs: number }
  | { readonly type: "cancelled" };

const empty = Buffer.alloc(0);

/** A success that says nothing more. */
export const plainSuccess: Outcome = { type: "success", result: empty };
export const released: Outcome = { type: "released" };
export const cancelled: Outcome = { type: "cancelled" };

/** What a handler returns to say more than a result. Made by `complete`, `snooze` and `release`. */
export class Ending {
  constructor(readonly outcome: Outcome) {}
}

export interface Completion {
  /** Kept on the job and in its history; cut at 64 KiB. */
  readonly result?: Payload | undefined;
  /** Replaces the job's payload for its next run, unless a caller has changed it since the hand-out. */
  readonly payload?: Payload | undefined;
  /** The next occurrence, in place of the trigger's; a past time is now. */
  readonly nextTime?: Date | undefined;
  /** No further run, whatever the trigger or `nextTime` says. */
  readonly lastRun?: boolean | undefined;
}

/** Success, and more: `return complete({ result, payload, nextTime, lastRun })`. */
export function complete({ result, payload, nextTime, lastRun }: Completion = {}): Ending {
  if (nextTime !== undefined && Number.isNaN(nextTime.getTime())) {
    throw new RangeError("nextTime is not a valid Date");
  }
  return new Ending({
    type: "success",
    result: result === undefined ? empty : encodePayload(result).bytes,
    ...(payload !== undefined && { payload: encodePayload(payload).bytes }),
    ...(nextTime !== undefined && { nextTime }),
    ...(lastRun !== undefined && { lastRun }),
  });
}

/** Not now: the task is due again after `ms`, and no attempt is counted. Less than a second is a second. */
export function snooze(ms: number): Ending {
  if (!(ms >= 0 && Number.isFinite(ms)))
    throw new RangeError(`snooze takes milliseconds of at least 0, not ${String(ms)}`);
  return new Ending({ type: "snoozed", delayMs: Math.max(1000, ms) });
}

/** Hands the task back unrun: no attempt is counted, and any worker may get it, after 1 s at first. */
export function release(): Ending {
  return new Ending(released);
}

/** Thrown by a handler: no retry helps, the occurrence is given up now. */
export class PermanentError extends Error {
  override readonly name: string = "PermanentError";
}

/** Thrown by a handler: a failure that is retried after `retryAfterMs` instead of the policy's wait. */
export class RetryAfterError extends Error {
  override readonly name: string = "RetryAfterError";

  constructor(
    message: string,
    readonly retryAfterMs: number,
    options?: ErrorOptions,
  ) {
    if (!(retryAfterMs >= 0 && Number.isFinite(retryAfterMs))) {
      throw new RangeError(`retryAfterMs must be at least 0, not ${String(retryAfterMs)}`);
    }
    super(message, options);
  }
}
