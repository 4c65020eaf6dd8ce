import type { Capacity } from "../core/worker.js";
import type { Task } from "./task.js";

/** The places of one stream, and the tasks that take them: claimed for it, sent or adopted, without a receipt. */
export class Places {
  /** May be lowered below what is taken. */
  capacity: Capacity = { maxTasks: 0, kinds: new Map() };
  readonly #tasks = new Map<string, Task>();
  readonly #perKind = new Map<string, number>();

  get taken(): number {
    return this.#tasks.size;
  }

  /** Of all kinds together. */
  get free(): number {
    return Math.max(0, this.capacity.maxTasks - this.#tasks.size);
  }

  /** From 0 to 1. */
  get load(): number {
    return this.#tasks.size / this.capacity.maxTasks;
  }

  freeOf(kind: string): number {
    if (!this.capacity.kinds.has(kind)) return 0;
    const most = this.capacity.kinds.get(kind);
    const { free } = this;
    return most === undefined ? free : Math.min(free, Math.max(0, most - (this.#perKind.get(kind) ?? 0)));
  }

  /** Of kinds that have a bound of their own; undefined where that is none. */
  heldOfBounded(): ReadonlyMap<string, number> | undefined {
    const held = new Map<string, number>();
    for (const [kind, count] of this.#perKind) if (this.capacity.kinds.get(kind) !== undefined) held.set(kind, count);
    return held.size > 0 ? held : undefined;
  }

  get(token: string): Task | undefined {
    return this.#tasks.get(token);
  }

  all(): Task[] {
    return [...this.#tasks.values()];
  }

  take(task: Task): void {
    this.#tasks.set(task.token, task);
    this.#perKind.set(task.kind, (this.#perKind.get(task.kind) ?? 0) + 1);
  }

  /** False: the task had none. */
  leave(task: Task): boolean {
    if (!this.#tasks.delete(task.token)) return false;
    const held = (this.#perKind.get(task.kind) ?? 1) - 1;
    if (held > 0) this.#perKind.set(task.kind, held);
    else this.#perKind.delete(task.kind);
    return true;
  }

  clear(): void {
    this.#tasks.clear();
    this.#perKind.clear();
  }
}
