import { limit } from "../core/limits.js";
import type { Run } from "../core/run.js";
import type { RunFilter } from "../store/store.js";
import { matchesRun } from "./list-runs.js";
import type { ServiceParts } from "./parts.js";
import { sizeOfRun } from "./sizes.js";

export interface WatchedRuns {
  readonly runs: readonly Run[];
  /** Runs may have been missed before these. */
  readonly gap: boolean;
}

export interface WatchInput {
  readonly filter: RunFilter;
  /** With results. */
  readonly full: boolean;
}

const NOTHING: WatchedRuns = { runs: [], gap: false };

/**
 * Runs as they end on this server, from the moment of the call on: the first answer is empty and says that it listens, and so
 * is a sign of life after 15 s without a run. A watcher that falls too far behind loses what is waiting for it, and is told.
 */
export async function* watchRuns(
  parts: ServiceParts,
  input: WatchInput,
  signal: AbortSignal,
): AsyncGenerator<WatchedRuns> {
  const buffer = new RunBuffer(input);
  const unsubscribe = parts.dispatch.feed.subscribe((runs) => buffer.push(runs));
  const stop = () => buffer.wake();
  signal.addEventListener("abort", stop);
  try {
    yield NOTHING;
    while (!signal.aborted) {
      if (buffer.empty) await buffer.arrival(parts);
      if (!signal.aborted) yield buffer.take();
    }
  } finally {
    signal.removeEventListener("abort", stop);
    unsubscribe();
  }
}

/** What has ended and was not taken yet, within bounds. */
class RunBuffer {
  readonly #input: WatchInput;
  #runs: Run[] = [];
  #bytes = 0;
  #gap = false;
  #wake: (() => void) | undefined;

  constructor(input: WatchInput) {
    this.#input = input;
  }

  get empty(): boolean {
    return this.#runs.length === 0 && !this.#gap;
  }

  push(runs: readonly Run[]): void {
    for (const run of runs) if (matchesRun(this.#input.filter, run)) this.#add(run);
    if (!this.empty) this.wake();
  }

  #add(run: Run): void {
    const kept = this.#input.full ? run : { ...run, result: run.result.subarray(0, 0) };
    this.#bytes += sizeOfRun(kept);
    if (this.#runs.length >= limit("watch_buffer_runs") || this.#bytes > limit("watch_buffer_bytes")) {
      this.#runs = [];
      this.#bytes = sizeOfRun(kept);
      this.#gap = true;
    }
    this.#runs.push(kept);
  }

  wake(): void {
    this.#wake?.();
  }

  /** Until something is there, or a sign of life is due. */
  async arrival(parts: ServiceParts): Promise<void> {
    let callOff = () => {};
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      callOff = parts.clock.after(limit("watch_alive_ms"), resolve);
    });
    this.#wake = undefined;
    callOff();
  }

  /** As much as fits in one message, oldest first. */
  take(): WatchedRuns {
    let bytes = 0;
    let count = 0;
    for (const run of this.#runs) {
      bytes += sizeOfRun(run);
      if (count > 0 && bytes > limit("page_bytes")) break;
      count++;
    }
    const runs = this.#runs.slice(0, count);
    this.#runs = this.#runs.slice(count);
    this.#bytes = this.#runs.reduce((sum, run) => sum + sizeOfRun(run), 0);
    const gap = this.#gap;
    this.#gap = false;
    return { runs, gap };
  }
}
