import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { isAbsolute } from "node:path";
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

/** What was to be measured took too long. */
export class NotDone extends Error {
  constructor(limitMs: number) {
    super(`not done within ${limitMs / 1_000} s`);
  }
}

/** A process of the bench: its facts are waited for one by one. */
export class Child<Fact extends object> implements AsyncDisposable {
  readonly #facts: Fact[] = [];
  #wake: (() => void) | undefined;
  readonly #process: ChildProcess;

  /**
   * `file` is a path below dist/bench, without its ending, or a file's whole path. A program that is not Node's comes as
   * `execPath`, with itself as `file`; it writes its facts as lines of JSON to the file descriptor NODE_CHANNEL_FD.
   */
  constructor(file: string, args: readonly (string | number)[], env: NodeJS.ProcessEnv = {}, execPath?: string) {
    const path = isAbsolute(file) ? file : fileURLToPath(new URL(`./${file}.js`, import.meta.url));
    this.#process = fork(path, args.map(String), {
      env: { ...process.env, ...env },
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      ...(execPath !== undefined && { execPath, execArgv: [] }),
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

  /** Its next fact. Rejects where it ends first, or has none within `limitMs`. */
  async next<Wanted = Fact>(limitMs?: number): Promise<Wanted> {
    const deadline = performance.now() + (limitMs ?? Number.POSITIVE_INFINITY);
    for (;;) {
      const fact = this.#facts.shift();
      if (fact) return fact as unknown as Wanted;
      if (this.#process.exitCode !== null || this.#process.signalCode !== null)
        throw new Error(`a process of the bench ended: ${this.#process.spawnargs.join(" ")}`);
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw new NotDone(limitMs ?? 0);
      await new Promise<void>((resolve) => {
        const late = Number.isFinite(leftMs) ? setTimeout(resolve, leftMs) : undefined;
        this.#wake = () => {
          clearTimeout(late);
          resolve();
        };
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
