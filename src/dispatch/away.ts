import type { Task } from "./task.js";

/** Written tasks whose stream is gone, by worker process. */
export class Away {
  readonly #tasks = new Map<string, Set<Task>>();

  of(instance: string): Task[] {
    return [...(this.#tasks.get(instance) ?? [])];
  }

  add(task: Task): void {
    const { instance } = task;
    if (instance === undefined) return;
    const tasks = this.#tasks.get(instance);
    if (tasks) tasks.add(task);
    else this.#tasks.set(instance, new Set([task]));
  }

  delete(task: Task): void {
    const { instance } = task;
    const tasks = instance === undefined ? undefined : this.#tasks.get(instance);
    if (instance === undefined || !tasks?.delete(task)) return;
    if (tasks.size === 0) this.#tasks.delete(instance);
  }
}
