import type { Clock } from "../clock.js";
import {
  type Cancellation,
  CancelReason,
  type Capacity,
  type Receipt,
  ReceiptState,
  type HeldTask as WireHeld,
  type Task as WireTask,
} from "../gen/tickwire/v1/worker.js";
import type { Log } from "../log.js";
import { toDuration } from "../wire/time.js";
import type { AbortCause } from "./abort.js";
import { HeldContext } from "./held-context.js";
import { HeldTask, keyOf } from "./held-task.js";
import { type Handler, invoke } from "./invoke.js";
import { cancelled, type Outcome, released } from "./outcome.js";
import { ReceivedTask } from "./received-task.js";
import type { Reports } from "./reports.js";
import { setResult } from "./result.js";

export interface KindHandler {
  readonly handler: Handler;
  /** Undefined: bounded by the worker's places alone. */
  readonly maxTasks: number | undefined;
}

export interface InHandEvents {
  /** A result waits to be sent. */
  ended(held: HeldTask): void;
  /** `capacity()` is another. */
  capacityChanged(): void;
  /** A task has left, or a handler has ended. */
  left(): void;
}

/** After so long the server has settled a cancelled attempt without its handler, and given its place away. */
const answerMs = 5000;

const causes: Readonly<Record<CancelReason, AbortCause>> = {
  [CancelReason.UNSPECIFIED]: "cancelled",
  [CancelReason.REQUESTED]: "cancelled",
  [CancelReason.TIMED_OUT]: "timed_out",
  [CancelReason.LEASE_LOST]: "lease_lost",
  [CancelReason.JOB_DELETED]: "deleted",
};

const takenAway = ({ abortedBy }: HeldTask) => abortedBy === "lease_lost" || abortedBy === "deleted";

/**
 * The tasks that this worker holds, over all its streams: by token, from arrival to receipt. A place is taken while a handler runs;
 * where the server thinks that it is free and the handler still runs, the capacity that the worker tells is lower by it.
 */
export class InHand {
  readonly #held = new Map<string, HeldTask>();
  readonly #kinds: ReadonlyMap<string, KindHandler>;
  readonly #maxTasks: number;
  readonly #reports: Reports;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #events: InHandEvents;
  readonly #placeless = new Set<HeldTask>();
  #running = 0;

  constructor(parts: {
    kinds: ReadonlyMap<string, KindHandler>;
    maxTasks: number;
    reports: Reports;
    clock: Clock;
    log: Log;
    events: InHandEvents;
  }) {
    this.#kinds = parts.kinds;
    this.#maxTasks = parts.maxTasks;
    this.#reports = parts.reports;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#events = parts.events;
  }

  /** Tasks without a receipt. */
  get size(): number {
    return this.#held.size;
  }

  /** Handlers that have not ended, wanted or not. */
  get running(): number {
    return this.#running;
  }

  accept(tasks: readonly WireTask[]): void {
    const now = this.#clock.mono();
    for (const wire of tasks) {
      const held = new HeldTask(wire, now);
      if (this.#held.has(held.key)) {
        this.#log.debug({ slug: wire.slug, runId: wire.runId }, "task came twice");
        continue;
      }
      this.#held.set(held.key, held);
      const kind = this.#kinds.get(wire.kind);
      if (!kind) {
        this.#log.error({ slug: wire.slug, kind: wire.kind }, "task of a kind without a handler was handed back");
        this.#end(held, released);
      } else if (this.#running >= this.#maxTasks) {
        this.#log.warn({ slug: wire.slug, running: this.#running }, "task beyond the worker's places was handed back");
        this.#end(held, released);
      } else {
        this.#running++;
        invoke(kind.handler, new ReceivedTask(wire), new HeldContext(held, this.#reports), (outcome, threw) => {
          this.#handlerEnded(held, outcome, threw);
        });
      }
    }
  }

  #handlerEnded(held: HeldTask, outcome: Outcome, threw: boolean): void {
    this.#running--;
    held.patience?.();
    if (held.placeless) {
      held.placeless = false;
      this.#placeless.delete(held);
      this.#events.capacityChanged();
    }
    if (held.dropped) {
      this.#log.info({ slug: held.slug, why: held.abortedBy }, "dropped task's handler ended");
      this.#events.left();
    } else {
      this.#end(held, afterAbort(held.abortedBy, outcome, threw));
    }
  }

  #end(held: HeldTask, outcome: Outcome): void {
    if (outcome.type === "failure") {
      this.#log.warn(
        { slug: held.slug, kind: held.kind, error: outcome.error, permanent: outcome.permanent },
        "task failed",
      );
    }
    // Only the next attempt after one that did not succeed wants to know where this one was.
    if (outcome.type === "success") this.#reports.forget(held);
    setResult(held, outcome);
    this.#events.ended(held);
  }

  receipt({ token, state, message }: Receipt): void {
    const held = this.#held.get(keyOf(token));
    if (!held) return;
    if (!held.result) {
      this.#log.warn({ slug: held.slug, state }, "receipt for a task that still runs was ignored");
      return;
    }
    this.#held.delete(held.key);
    if (state === ReceiptState.STALE) {
      this.#log[takenAway(held) ? "debug" : "warn"]({ slug: held.slug }, "result was stale");
    } else if (state === ReceiptState.REJECTED) {
      this.#log.error({ slug: held.slug, message }, "result was rejected");
    }
    this.#events.left();
  }

  cancel({ token, reason }: Cancellation): void {
    const held = this.#held.get(keyOf(token));
    if (!held || held.result) return;
    const why = causes[reason];
    this.#log.info({ slug: held.slug, why }, "task is cancelled");
    held.abort(why);
    held.patience ??= this.#clock.after(answerMs, () => {
      this.#log.warn({ slug: held.slug, why }, "handler does not stop");
      this.#takePlace(held);
    });
  }

  /** Of a hello: no longer this worker's. A result that is there is sent all the same, and its receipt says what became of it. */
  stale(token: Buffer): void {
    const held = this.#held.get(keyOf(token));
    if (!held || held.result) return;
    this.#log.warn({ slug: held.slug }, "task was dropped");
    this.#held.delete(held.key);
    this.#reports.forget(held);
    held.dropped = true;
    held.patience?.();
    this.#takePlace(held);
    held.abort("lease_lost");
    this.#events.left();
  }

  #takePlace(held: HeldTask): void {
    if (held.placeless) return;
    held.placeless = true;
    this.#placeless.add(held);
    this.#events.capacityChanged();
  }

  /** The worker stops, and its grace is over. */
  abortAll(): void {
    for (const held of this.#held.values()) if (!held.result) held.abort("stopping");
  }

  /** Finished tasks whose results wait for their receipts, oldest first. */
  *finished(): Iterable<HeldTask> {
    for (const held of this.#held.values()) if (held.result) yield held;
  }

  /** What hello says about them. */
  inHello(): WireHeld[] {
    const now = this.#clock.mono();
    return [...this.#held.values()].map(({ slug, token, arrivedAt, result }) => ({
      slug,
      token,
      elapsed: toDuration(now - arrivedAt, "elapsed"),
      finished: result !== undefined,
    }));
  }

  capacity(): Capacity {
    const stuck = new Map<string, number>();
    for (const { kind } of this.#placeless) stuck.set(kind, (stuck.get(kind) ?? 0) + 1);
    return {
      maxTasks: Math.max(0, this.#maxTasks - this.#placeless.size),
      kinds: [...this.#kinds].map(([kind, { maxTasks }]) => ({
        kind,
        ...(maxTasks !== undefined && { maxTasks: Math.max(0, maxTasks - (stuck.get(kind) ?? 0)) }),
      })),
    };
  }
}

/**
 * What a handler's words mean after an abort. A success is a success all the same. After a cancel or a timeout everything else is
 * Cancelled, which the server turns into the state that it asked for. A task that was stopped with its worker goes back unrun; so does
 * one that was taken away: nobody wants its result, but its place is free with the receipt.
 */
function afterAbort(abortedBy: AbortCause | undefined, outcome: Outcome, threw: boolean): Outcome {
  if (abortedBy === undefined || outcome.type === "success") return outcome;
  if (abortedBy === "cancelled" || abortedBy === "timed_out") return cancelled;
  return threw || abortedBy !== "stopping" ? released : outcome;
}
