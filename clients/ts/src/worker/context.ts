import { bufferOf, cutText } from "../payload.js";
import type { HeldTask } from "./held-task.js";
import type { Report, Reports } from "./reports.js";

/** Bytes of a checkpoint and of a note, as the server bounds them. */
const checkpointLimit = 64 * 1024;
const noteLimit = 200;

/** What a handler gets besides its task. Its members can be taken apart: `(task, { signal, progress }) => ...`. */
export class TaskContext {
  readonly #held: HeldTask;
  readonly #reports: Reports;

  /** @internal */
  constructor(held: HeldTask, reports: Reports) {
    this.#held = held;
    this.#reports = reports;
  }

  /** Aborted on cancel, timeout, loss of the task, deletion of its job, or when the worker stops; `signal.reason` is a {@link TaskAborted}. */
  get signal(): AbortSignal {
    return this.#held.signal;
  }

  /** Says how far the task is, 0 to 1, and a note of at most 200 bytes. Sent at most once a second, the newest wins. */
  get progress(): (fraction: number | undefined, note?: string) => void {
    return (fraction, note) => {
      if (fraction !== undefined && !Number.isFinite(fraction)) {
        throw new RangeError(`progress takes a number from 0 to 1, not ${String(fraction)}`);
      }
      this.#add({
        ...(fraction !== undefined && { progress: Math.min(1, Math.max(0, fraction)) }),
        ...(note !== undefined && { note: cutText(note, noteLimit) }),
      });
    };
  }

  /**
   * Keeps a place to resume from, at most 64 KiB: the next attempt finds it as `task.previousCheckpoint`, if this one does not succeed.
   * Sent at most once a second, the newest wins; a crash may lose what the last second held.
   */
  get checkpoint(): (data: Uint8Array | string) => void {
    return (data) => {
      const checkpoint = typeof data === "string" ? Buffer.from(data) : Buffer.from(bufferOf(data));
      if (checkpoint.length > checkpointLimit) {
        throw new RangeError(`a checkpoint has at most ${checkpointLimit} bytes, not ${checkpoint.length}`);
      }
      this.#add({ checkpoint });
    };
  }

  #add(report: Report): void {
    if (this.#held.result || this.#held.dropped) return;
    this.#reports.add(this.#held, report);
  }
}
