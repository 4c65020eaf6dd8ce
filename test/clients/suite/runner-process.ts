import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { Inbox } from "./inbox.js";
import type { Language } from "./languages.js";

/** A runner: a process of one language that is told what to do, and tells what happens. */
export class RunnerProcess {
  readonly events = new Inbox<JsonObject>();
  readonly exited: Promise<number | string | null>;
  readonly #child: ChildProcess;
  #log = "";

  constructor({ command }: Language, config: JsonObject) {
    const [file = "", ...args] = command;
    const child = spawn(file, [...args, JSON.stringify(config)], { stdio: ["pipe", "pipe", "pipe"] });
    this.#child = child;
    this.exited = new Promise((resolve) => {
      child.on("error", (error) => resolve(error.message));
      child.on("close", (code, signal) => resolve(code ?? signal));
    });
    child.stdin?.on("error", () => {});
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#log = (this.#log + text).slice(-4_000);
    });
    createInterface({ input: child.stdout ?? process.stdin }).on("line", (line) => {
      this.events.push(JSON.parse(line) as JsonObject);
    });
    void this.exited.then((code) => this.events.close(`the runner has ended with ${code}`));
  }

  /** The end of what it wrote to stderr. */
  get log(): string {
    return this.#log;
  }

  command(command: JsonValue): void {
    this.#child.stdin?.write(`${JSON.stringify(command)}\n`);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** kill -9, resolved once it is gone. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await gone;
  }
}
