import type { Clock } from "./clock.js";

/** A deadline that has not come yet. */
export interface Deadline {
  /** By the monotonic clock. */
  at: number;
  /** Where it is in the heap; -1 once it has come or was called off. */
  index: number;
  rearmed: boolean;
  readonly call: () => void;
}

/** A deadline that comes later than this, in ms, says that the process was stopped, not that its peer was silent. */
const LATE_MS = 500;

/**
 * Many deadlines under one timer, in a binary heap: setting one that is later than most, and calling one off, cost next to nothing,
 * and one that was called off keeps nothing alive.
 *
 * A process that was stopped (SIGSTOP, a suspended machine) wakes to overdue timers before it has read what its peers sent
 * meanwhile. So a deadline that comes late is set once more, for `reprieveMs`: read first, then judge.
 */
export class Deadlines {
  readonly #heap: Deadline[] = [];
  #armedAt = Number.POSITIVE_INFINITY;
  #disarm: (() => void) | undefined;
  #stopped = false;

  constructor(
    private readonly clock: Clock,
    private readonly reprieveMs: number,
    private readonly failed: (error: unknown) => void,
  ) {}

  get size(): number {
    return this.#heap.length;
  }

  set(ms: number, call: () => void): Deadline {
    const deadline: Deadline = { at: this.clock.mono() + ms, index: -1, rearmed: false, call };
    this.#push(deadline);
    return deadline;
  }

  clear(deadline: Deadline | undefined): void {
    if (!deadline || deadline.index < 0) return;
    const last = this.#heap.pop() as Deadline;
    if (last !== deadline) this.#settle(last, deadline.index);
    deadline.index = -1;
  }

  stop(): void {
    this.#stopped = true;
    this.#disarm?.();
    for (const one of this.#heap) one.index = -1;
    this.#heap.length = 0;
  }

  #push(deadline: Deadline): void {
    if (this.#stopped) return;
    this.#heap.push(deadline);
    this.#settle(deadline, this.#heap.length - 1);
    this.#arm();
  }

  /** Puts a deadline where it belongs, starting from a place that is free. */
  #settle(deadline: Deadline, from: number): void {
    const heap = this.#heap;
    let index = from;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = heap[above] as Deadline;
      if (parent.at <= deadline.at) break;
      heap[index] = parent;
      parent.index = index;
      index = above;
    }
    for (;;) {
      let below = 2 * index + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && (heap[below + 1] as Deadline).at < (heap[below] as Deadline).at) below++;
      const child = heap[below] as Deadline;
      if (child.at >= deadline.at) break;
      heap[index] = child;
      child.index = index;
      index = below;
    }
    heap[index] = deadline;
    deadline.index = index;
  }

  /** The timer may be early, never late: calling off the first deadline leaves it, and it then finds nothing to do. */
  #arm(): void {
    const first = this.#heap[0];
    if (!first || first.at >= this.#armedAt) return;
    this.#disarm?.();
    this.#armedAt = first.at;
    this.#disarm = this.clock.after(Math.ceil(first.at - this.clock.mono()), () => this.#fire());
  }

  #fire(): void {
    this.#armedAt = Number.POSITIVE_INFINITY;
    this.#disarm = undefined;
    const now = this.clock.mono();
    for (let first = this.#heap[0]; first && first.at <= now; first = this.#heap[0]) {
      const late = now - first.at > LATE_MS && !first.rearmed;
      this.clear(first);
      if (late) {
        first.rearmed = true;
        first.at = now + this.reprieveMs;
        this.#push(first);
        continue;
      }
      try {
        first.call();
      } catch (error) {
        this.failed(error);
      }
    }
    if (!this.#stopped) this.#arm();
  }
}
