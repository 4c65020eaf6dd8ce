import { bufferOf, cutText } from "../payload.js";
import type { TaskContext } from "./context.js";
import type { HeldTask } from "./held-task.js";
import type { Report, Reports } from "./reports.js";

/** Bytes of a checkpoint and of a note, as the server bounds them. */
const checkpointLimit = 64 * 1024;
const noteLimit = 200;

/** A held task's context. */
export class HeldContext implements TaskContext {
  readonly #held: HeldTask;
  readonly #reports: Reports;

  constructor(held: HeldTask, reports: Reports) {
    this.#held = held;
    this.#reports = reports;
  }

  get signal(): AbortSignal {
    return this.#held.signal;
  }

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
