import { limit } from "../../core/limits.js";
import type { Run } from "../../core/run.js";
import type { RunFilter } from "../../store/store.js";
import { matchesRun } from "../list-runs.js";
import { sizeOfRun } from "../sizes.js";
import type { TailListener } from "./history-reader.js";

export interface WatchedPart {
  readonly runs: readonly Run[];
  /** Whoever goes on from here misses nothing that comes after these. */
  readonly place: string;
  /** Runs may have been missed before these. */
  readonly gap: boolean;
}

interface Sent {
  has(token: string): boolean;
}

const NONE: Sent = { has: () => false };

/** Runs that wait for one watcher, within bounds, and the place in the history that each part of them reaches. */
export class RunBuffer implements TailListener {
  readonly full: boolean;
  readonly #filter: RunFilter;
  #runs: Run[] = [];
  #bytes = 0;
  #gap = false;
  #place = "";
  /** Of all that ever waited, how many are taken or lost; places count from there, too. */
  #taken = 0;
  #places: { readonly behind: number; readonly place: string }[] = [];
  #sent: Sent = NONE;
  #wake: (() => void) | undefined;

  constructor({ filter, full }: { readonly filter: RunFilter; readonly full: boolean }) {
    this.#filter = filter;
    this.full = full;
  }

  get empty(): boolean {
    return this.#runs.length === 0 && !this.#gap;
  }

  /** The watcher has got otherwise what there is up to this place, and these runs. */
  begin(place: string, sent: Sent = NONE): void {
    this.#place = place;
    this.#places = [];
    this.#sent = sent;
    this.#runs = this.#runs.filter(({ token }) => !sent.has(token));
    this.#bytes = bytesOf(this.#runs);
  }

  /** Nobody brings what was sent otherwise any more. */
  forget(): void {
    this.#sent = NONE;
  }

  push(runs: readonly Run[]): void {
    for (const run of runs) {
      if (matchesRun(this.#filter, run) && !this.#sent.has(run.token)) this.#add(run);
    }
    if (!this.empty) this.wake();
  }

  #add(run: Run): void {
    const kept = this.full || run.result.length === 0 ? run : { ...run, result: run.result.subarray(0, 0) };
    this.#bytes += sizeOfRun(kept);
    if (this.#runs.length >= limit("watch_buffer_runs") || this.#bytes > limit("watch_buffer_bytes")) {
      this.#taken += this.#runs.length;
      this.#runs = [];
      this.#bytes = sizeOfRun(kept);
      this.#gap = true;
    }
    this.#runs.push(kept);
  }

  gap(): void {
    this.#gap = true;
    this.wake();
  }

  settled(place: string): void {
    const behind = this.#taken + this.#runs.length;
    if (this.#places.at(-1)?.behind === behind) this.#places.pop();
    this.#places.push({ behind, place });
  }

  wake(): void {
    this.#wake?.();
  }

  /** Until something is there, or `wake` is called. `arm` may call off what it has armed for the latter. */
  async arrival(arm: (wake: () => void) => () => void): Promise<void> {
    let callOff = () => {};
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      callOff = arm(resolve);
    });
    this.#wake = undefined;
    callOff();
  }

  /** As much as fits in one message, oldest first. */
  take(): WatchedPart {
    const count = fitting(this.#runs);
    const runs = this.#runs.slice(0, count);
    this.#runs = this.#runs.slice(count);
    this.#bytes = bytesOf(this.#runs);
    this.#taken += count;
    let next = this.#places[0];
    for (; next && next.behind <= this.#taken; next = this.#places[0]) {
      this.#place = next.place;
      this.#places.shift();
    }
    const gap = this.#gap;
    this.#gap = false;
    return { runs, place: this.#place, gap };
  }
}

/** How many of them, from the first on, are at most one message, or one run. */
export function fitting(runs: readonly Run[]): number {
  let bytes = 0;
  for (const [n, run] of runs.entries()) {
    bytes += sizeOfRun(run);
    if (n > 0 && bytes > limit("page_bytes")) return n;
  }
  return runs.length;
}

function bytesOf(runs: readonly Run[]): number {
  return runs.reduce((sum, run) => sum + sizeOfRun(run), 0);
}
