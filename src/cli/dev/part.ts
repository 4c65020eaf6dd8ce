import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { LogEvent } from "./log-event.js";
import { readLogEvent } from "./log-event.js";

const MAIN = fileURLToPath(new URL("../../main.js", import.meta.url));
const FOLLOW_PARENT = new URL("./follow-parent.js", import.meta.url).href;

/** Beyond what a process takes by its own word to stop, in ms. */
const STUCK_MS = 3_000;

export interface PartOptions {
  /** "server", "worker": for people. */
  readonly name: string;
  /** A tickwire command. It logs JSON. */
  readonly args: readonly string[];
  /** Where its log is. */
  readonly logOn: "stdout" | "stderr";
  /** The message of the event that says that it is ready. */
  readonly readyWith: string;
  onEvent(event: LogEvent): void;
}

/**
 * A process of `tickwire dev`: a tickwire command of its own, in a process group of its own, so that the terminal's ^C reaches dev alone and
 * dev decides on the order of the end.
 */
export class Part {
  readonly name: string;
  readonly pid: number;
  readonly startedAt = performance.now();
  /** The event that says so; rejects where it ends before. */
  readonly ready: Promise<LogEvent>;
  /** How it ended: "exit code 1", "SIGKILL". */
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;

  constructor({ name, args, logOn, readyWith, onEvent }: PartOptions) {
    this.name = name;
    const child = spawn(process.execPath, [...process.execArgv, "--import", FOLLOW_PARENT, MAIN, ...args], {
      detached: true,
      stdio: ["ignore", logOn === "stdout" ? "pipe" : "ignore", "pipe", "ipc"],
    });
    this.#child = child;
    this.pid = child.pid ?? 0;
    this.ended = once(child, "exit").then(
      ([code, signal]) => (signal === null ? `exit code ${code}` : String(signal)),
      (error: Error) => error.message,
    );
    const words: string[] = [];
    this.ready = new Promise((resolve, reject) => {
      const take = (line: string): void => {
        const event = readLogEvent(line);
        if (event?.message === readyWith) resolve(event);
        if (event) onEvent(event);
        else words.push(line);
      };
      for (const stream of [child.stdout, child.stderr]) if (stream) createInterface(stream).on("line", take);
      // "close" comes after the last line.
      once(child, "close").then(
        () => reject(new Error(words.join("\n").replace(/^tickwire: /, "") || `the ${name} ended before it was ready`)),
        reject,
      );
    });
    this.ready.catch(() => {});
  }

  /** SIGTERM; SIGKILL where it has not ended long after `graceMs`. Resolves once it has ended. */
  async stop(graceMs: number): Promise<void> {
    this.#child.kill("SIGTERM");
    const stuck = setTimeout(() => this.#child.kill("SIGKILL"), graceMs + STUCK_MS);
    await this.ended;
    clearTimeout(stuck);
  }
}
