import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { LogEvent } from "./log-event.js";
import { readLogEvent } from "./log-event.js";

const MAIN = fileURLToPath(new URL("../../main.js", import.meta.url));
const FOLLOW_PARENT = new URL("./follow-parent.js", import.meta.url).href;

/** Nothing that starts takes longer, in ms. */
const READY_MS = 20_000;
/** What a process may take to stop beyond its grace, in ms. One that was never ready has nothing to finish. */
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
  /** Lines that are no events, once it is ready; before, they are why it is not. */
  onWords(line: string): void;
}

/**
 * A process of `tickwire dev`: a tickwire command of its own, in a process group of its own, so that the terminal's ^C reaches dev alone and
 * dev decides on the order of the end.
 */
export class Part {
  readonly name: string;
  readonly pid: number;
  readonly startedAt = performance.now();
  /** The event that says so; rejects where it ends before, or takes too long: something keeps it. */
  readonly ready: Promise<LogEvent>;
  /** How it ended: "exit code 1", "SIGKILL". */
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;
  #isReady = false;

  constructor({ name, args, logOn, readyWith, onEvent, onWords }: PartOptions) {
    this.name = name;
    const child = spawn(process.execPath, [...process.execArgv, "--import", FOLLOW_PARENT, MAIN, ...args], {
      detached: true,
      stdio: ["ignore", logOn === "stdout" ? "pipe" : "ignore", "pipe", "ipc"],
    });
    this.#child = child;
    this.pid = child.pid ?? 0;
    // Where dev ends at once, so do its processes: a second signal, told from the first one by its name.
    const endAtOnce = (): void => {
      child.kill("SIGTERM");
      child.kill("SIGINT");
    };
    process.on("exit", endAtOnce);
    this.ended = once(child, "exit").then(
      ([code, signal]) => (signal === null ? `exit code ${code}` : String(signal)),
      (error: Error) => error.message,
    );
    child.once("exit", () => process.off("exit", endAtOnce));
    this.ready = this.#untilReady(readyWith, onEvent, onWords);
    this.ready.catch(() => {});
  }

  #untilReady(readyWith: string, onEvent: PartOptions["onEvent"], onWords: PartOptions["onWords"]): Promise<LogEvent> {
    return new Promise((resolve, reject) => {
      const words: string[] = [];
      const take = (line: string): void => {
        const event = readLogEvent(line);
        if (event?.message === readyWith) {
          this.#isReady = true;
          resolve(event);
        }
        if (event) onEvent(event);
        else if (this.#isReady) onWords(line);
        else words.push(line);
      };
      const { stdout, stderr } = this.#child;
      for (const stream of [stdout, stderr]) if (stream) createInterface(stream).on("line", take);
      const late = setTimeout(
        () => reject(new Error(`the ${this.name} is not ready after ${READY_MS / 1_000} s`)),
        READY_MS,
      );
      // "close" comes after the last line.
      this.#child.once("close", () => {
        clearTimeout(late);
        const why = words.join("\n").replace(/^tickwire: /, "");
        reject(new Error(why === "" ? `the ${this.name} ended before it was ready` : why));
      });
    });
  }

  /** SIGTERM; SIGKILL where it has not ended long after `graceMs`. Resolves once it has ended. */
  async stop(graceMs: number): Promise<void> {
    this.#child.kill("SIGTERM");
    const stuck = setTimeout(() => this.#child.kill("SIGKILL"), (this.#isReady ? graceMs : 0) + STUCK_MS);
    await this.ended;
    clearTimeout(stuck);
  }
}
