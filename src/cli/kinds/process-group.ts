import type { ChildProcess } from "node:child_process";
import { setTimeout as wait } from "node:timers/promises";

/** How often a group that was told to end is looked at, in ms. */
const LOOK_MS = 25;

const alive = new Set<ProcessGroup>();

// A worker that ends at once, by a second signal or by a fault, must not leave commands behind that nobody watches.
process.on("exit", () => {
  for (const group of alive) group.signal("SIGKILL");
});

/** A child that was started as the leader of a process group of its own, and everything that it started in turn. */
export class ProcessGroup {
  readonly #id: number;

  constructor(child: ChildProcess & { readonly pid: number }) {
    this.#id = child.pid;
    alive.add(this);
  }

  /** False where nobody is left to get it. */
  signal(signal: NodeJS.Signals | 0): boolean {
    try {
      process.kill(-this.#id, signal);
      return true;
    } catch {
      return false;
    }
  }

  /** SIGTERM, and SIGKILL to whoever is left after `patienceMs`. Resolves once nobody is, or has just been killed. */
  async end(patienceMs: number): Promise<void> {
    const deadline = performance.now() + patienceMs;
    this.signal("SIGTERM");
    while (this.signal(0)) {
      if (performance.now() >= deadline) {
        this.signal("SIGKILL");
        return;
      }
      await wait(LOOK_MS);
    }
  }

  /** The leader and its output have ended: from here on its number may be somebody else's. */
  forget(): void {
    alive.delete(this);
  }
}
