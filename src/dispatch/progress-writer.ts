import type { Log } from "../core/log.js";
import type { AmendResult, AmendWrite, Store } from "../store/store.js";
import type { Clock } from "./clock.js";
import type { ProgressReport } from "./frames.js";
import { Loop } from "./loop.js";
import type { StoreClock } from "./store-clock.js";
import type { Task } from "./task.js";

const EVERY_MS = 1_000;
const MAX_BATCH = 200;

/**
 * What running tasks tell, written at most once a second for each: the newest wins. It is in the task's job at once, so that a
 * checkpoint that was never written still reaches the next attempt if this one ends here.
 */
export class ProgressWriter {
  /** Tasks with something to write, and when each was written last. */
  readonly #told = new Set<Task>();
  readonly #writtenAt = new WeakMap<Task, number>();
  readonly #loop: Loop;

  constructor(
    private readonly parts: {
      readonly store: Store;
      readonly clock: Clock;
      readonly log: Log;
      readonly storeClock: StoreClock;
      /** The lock is another server's, or nobody's. */
      readonly moved: (task: Task, lease: string) => void;
    },
  ) {
    this.#loop = new Loop({
      name: "progress",
      clock: parts.clock,
      log: parts.log,
      everyMs: EVERY_MS,
      turn: () => this.#turn(),
    });
  }

  report(task: Task, report: ProgressReport): void {
    const { progress: before } = task.job;
    const fraction = report.fraction ?? before?.fraction;
    task.began = true;
    task.job = {
      ...task.job,
      progress: {
        ...(fraction !== undefined && { fraction }),
        note: report.note ?? before?.note ?? "",
        at: this.parts.storeClock.now(),
      },
      ...(report.checkpoint && { checkpoint: report.checkpoint }),
    };
    this.#told.add(task);
    if (this.#waitMs(task) <= 0) this.#loop.wake();
  }

  async stop(): Promise<void> {
    await this.#loop.stop();
  }

  async #turn(): Promise<number> {
    const due: Task[] = [];
    for (const task of this.#told) {
      if (task.stage !== "out") this.#told.delete(task);
      else if (this.#waitMs(task) <= 0) due.push(task);
      if (due.length >= MAX_BATCH) break;
    }
    if (due.length > 0) await this.#write(due);
    let wait = EVERY_MS;
    for (const task of this.#told) wait = Math.min(wait, this.#waitMs(task));
    return Math.max(0, wait);
  }

  async #write(tasks: readonly Task[]): Promise<void> {
    const now = this.parts.clock.mono();
    const writes: AmendWrite[] = tasks.map((task) => {
      const { slug, progress, checkpoint } = task.job;
      this.#told.delete(task);
      this.#writtenAt.set(task, now);
      const keep = { ...(progress && { progress }), ...(checkpoint && { checkpoint }) };
      return { slug, token: task.token, lease: task.lease, keep };
    });
    let results: readonly AmendResult[];
    try {
      results = await this.parts.store.amend(writes);
    } catch (error) {
      for (const task of tasks) this.#told.add(task);
      throw error;
    }
    for (const [index, task] of tasks.entries()) {
      if (results[index]?.status === "moved") this.parts.moved(task, writes[index]?.lease ?? "");
    }
  }

  #waitMs(task: Task): number {
    const written = this.#writtenAt.get(task);
    return written === undefined ? 0 : written + EVERY_MS - this.parts.clock.mono();
  }
}
