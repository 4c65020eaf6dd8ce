import type { Task } from "./task.js";
import { FRAME_BYTES, POISON_LOSSES, wireBytes } from "./task-frame.js";

/** Tasks that were claimed for a stream and not written to it, in the order they go. */
export class Outbox {
  #tasks: Task[] = [];
  #next = 0;

  get size(): number {
    return this.#tasks.length - this.#next;
  }

  push(tasks: readonly Task[]): void {
    if (this.#next === this.#tasks.length) {
      this.#tasks = [...tasks];
      this.#next = 0;
    } else {
      for (const task of tasks) this.#tasks.push(task);
    }
  }

  remove(task: Task): void {
    const index = this.#tasks.indexOf(task, this.#next);
    if (index >= 0) this.#tasks.splice(index, 1);
  }

  /** The next frame: at most 1 MiB, or one item; a job that keeps losing its workers goes alone. */
  cut(): Task[] {
    const frame: Task[] = [];
    let bytes = 0;
    while (this.#next < this.#tasks.length) {
      const task = this.#tasks[this.#next] as Task;
      bytes += wireBytes(task);
      const alone = task.job.losses >= POISON_LOSSES;
      if (frame.length > 0 && (alone || bytes > FRAME_BYTES)) break;
      frame.push(task);
      this.#next++;
      if (alone) break;
    }
    return frame;
  }

  clear(): Task[] {
    const left = this.#tasks.slice(this.#next);
    this.#tasks = [];
    this.#next = 0;
    return left;
  }
}
