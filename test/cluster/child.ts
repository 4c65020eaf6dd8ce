import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { openSync, readFileSync } from "node:fs";

export interface ChildOptions {
  /** Names this start of the process: another one after each restart. */
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Where its output is added. */
  readonly log: string;
}

/** A process that is meant to live until the test ends it. */
export class Child {
  readonly name: string;
  readonly #process: ChildProcess;
  readonly #exit: Promise<unknown>;
  #expected = false;
  paused = false;

  constructor({ name, file, args, env, log }: ChildOptions) {
    this.name = name;
    const output = openSync(log, "a");
    this.#process = spawn(process.execPath, ["--enable-source-maps", file, ...args], {
      env: { ...process.env, ...env },
      stdio: ["ignore", output, output, "ipc"],
    });
    this.#exit = once(this.#process, "exit");
    this.#process.on("exit", (code, signal) => {
      if (!this.#expected) console.error(`${name} ended by itself: ${code ?? signal}\n${lastLines(log)}`);
    });
  }

  get alive(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** Resolves with its first message; rejects where it ends before. */
  async ready(): Promise<void> {
    const first = once(this.#process, "message");
    await Promise.race([
      first,
      this.#exit.then(() => Promise.reject(new Error(`${this.name} ended before it was ready`))),
    ]);
  }

  /** Resolves once it is gone. */
  async end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    this.#expected = true;
    if (this.alive) this.#process.kill(signal);
    await this.#exit;
  }

  pause(): void {
    this.paused = true;
    this.#process.kill("SIGSTOP");
  }

  resume(): void {
    this.paused = false;
    this.#process.kill("SIGCONT");
  }
}

/** What it said at last: the log itself goes with the cluster's folder. */
function lastLines(log: string): string {
  return readFileSync(log, "utf8").trimEnd().split("\n").slice(-3).join("\n");
}
