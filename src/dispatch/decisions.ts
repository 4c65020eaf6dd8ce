import type { Ending, Recorder } from "./recorder.js";
import type { Task } from "./task.js";

interface Decision {
  readonly ending: Ending;
  readonly done: Promise<void>;
  readonly resolve: () => void;
}

/** What this server has decided of tasks, on its way to the store: so that a hello, or a result, can take it back or wait for it. */
export class Decisions {
  readonly #open = new Map<Task, Decision>();

  constructor(private readonly recorder: Recorder) {}

  submit(task: Task, ending: Ending): void {
    let resolve = () => {};
    const done = new Promise<void>((call) => {
      resolve = call;
    });
    this.#open.set(task, { ending, done, resolve });
    this.recorder.submit(ending);
  }

  /**
   * "none": nothing was decided. "withdrawn": it was, and the store never hears of it. Else it is on its way: resolves once it is
   * known what became of it.
   */
  withdraw(task: Task): "none" | "withdrawn" | Promise<void> {
    const decision = this.#open.get(task);
    if (!decision) return "none";
    if (!this.recorder.withdraw(decision.ending)) return decision.done;
    this.settled(task);
    return "withdrawn";
  }

  /** What became of it is known. */
  settled(task: Task): void {
    this.#open.get(task)?.resolve();
    this.#open.delete(task);
  }

  clear(): void {
    for (const task of [...this.#open.keys()]) this.settled(task);
  }
}
