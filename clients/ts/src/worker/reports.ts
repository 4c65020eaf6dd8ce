import type { Clock } from "../clock.js";
import type { WorkRequest } from "../gen/tickwire/v1/worker.js";
import { inFrames } from "./frames.js";
import type { HeldTask } from "./held-task.js";

/** What a task says on its way. */
export interface Report {
  readonly progress?: number;
  readonly note?: string;
  readonly checkpoint?: Buffer;
}

/** Each task's reports are merged, the newest wins, and sent at most so often. */
const intervalMs = 1000;

/** Gathers progress reports. `due` is called when there are some to be sent. */
export class Reports {
  readonly #waiting = new Map<string, HeldTask>();
  readonly #clock: Clock;
  readonly #due: () => void;
  #sentAt = Number.NEGATIVE_INFINITY;
  #timer: (() => void) | undefined;

  constructor(clock: Clock, due: () => void) {
    this.#clock = clock;
    this.#due = due;
  }

  add(held: HeldTask, report: Report): void {
    held.report = { ...held.report, ...report };
    this.#waiting.set(held.key, held);
    if (this.#timer) return;
    this.#timer = this.#clock.after(Math.max(0, this.#sentAt + intervalMs - this.#clock.mono()), () => {
      this.#timer = undefined;
      this.#due();
    });
  }

  /** No word about this task any more. */
  forget(held: HeldTask): void {
    if (held.report && this.#waiting.delete(held.key)) held.report = undefined;
  }

  get waiting(): boolean {
    return this.#waiting.size > 0;
  }

  /**
   * Whether the second since the last ones is over. What waits has a timer until it is: a look at the clock could find that timer a
   * fraction of a millisecond early, and then nobody would come back for them.
   */
  get timely(): boolean {
    return this.#timer === undefined;
  }

  /** Everything that waits, in frames, which the caller sends. */
  take(): WorkRequest[] {
    if (this.#waiting.size === 0) return [];
    this.#sentAt = this.#clock.mono();
    const reports = [...this.#waiting.values()].map((held) => {
      const { slug, token, report } = held;
      held.report = undefined;
      return { slug, token, ...report };
    });
    this.#waiting.clear();
    const bytes = ({ slug, note, checkpoint }: (typeof reports)[number]) =>
      64 + slug.length + 3 * (note?.length ?? 0) + (checkpoint?.length ?? 0);
    return inFrames(reports, bytes).map((part) => ({ frame: { $case: "progress", value: { reports: part } } }));
  }

  /** Takes only this task's, so that a checkpoint is there before the failure that it is for. */
  takeOf(held: HeldTask): WorkRequest | undefined {
    const { slug, token, report } = held;
    if (!report || !this.#waiting.delete(held.key)) return undefined;
    held.report = undefined;
    return { frame: { $case: "progress", value: { reports: [{ slug, token, ...report }] } } };
  }

  stop(): void {
    this.#timer?.();
    this.#timer = undefined;
  }
}
