import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** From a child to its bench: one fact. */
export function say(fact: object): void {
  process.send?.(fact);
}

/** In a child: answers a word of its bench with one fact. */
export function answer(word: string, fact: () => object): void {
  process.on("message", (said) => {
    if (said === word) say(fact());
  });
}

/** A process of the bench: its facts are waited for one by one. */
export class Child<Fact extends object> implements AsyncDisposable {
  readonly #facts: Fact[] = [];
  #wake: (() => void) | undefined;
  readonly #process: ChildProcess;

  /** `file` is a path below dist/bench, without its ending. */
  constructor(file: string, args: readonly (string | number)[], env: NodeJS.ProcessEnv = {}) {
    const path = fileURLToPath(new URL(`./${file}.js`, import.meta.url));
    this.#process = fork(path, args.map(String), {
      env: { ...process.env, ...env },
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.#process.on("message", (fact) => {
      this.#facts.push(fact as Fact);
      this.#wake?.();
    });
    this.#process.on("exit", () => this.#wake?.());
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  async next<Wanted = Fact>(): Promise<Wanted> {
    for (;;) {
      const fact = this.#facts.shift();
      if (fact) return fact as unknown as Wanted;
      if (this.#process.exitCode !== null)
        throw new Error(`a process of the bench ended: ${this.#process.spawnargs.join(" ")}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Resolves with the child's answer to one word. */
  async ask<Wanted = Fact>(word: string): Promise<Wanted> {
    this.#process.send(word);
    return await this.next<Wanted>();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await gone;
  }
}
