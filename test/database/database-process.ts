import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { keepOnlyWhileAlive } from "./watchdog.js";

/** How long a database may take to say that it is ready, in ms: on a machine that is busy with other tests. */
const READY_LIMIT_MS = 60_000;

export interface DatabaseCommand {
  readonly file: string;
  readonly args: readonly string[];
  /** Where it runs. */
  readonly folder: string;
  /** In the line that it prints once it takes connections. */
  readonly ready: RegExp;
  /** Where it must not be the test's own. */
  readonly user?: { readonly uid: number; readonly gid: number };
}

/** A database as a process of the test's. */
export class DatabaseProcess {
  readonly #child: ChildProcess;
  readonly #gone: Promise<unknown>;
  readonly #release: () => void;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#release = keepOnlyWhileAlive(child.pid === undefined ? {} : { pid: child.pid });
    this.#gone = once(child, "exit").finally(this.#release);
    // A file that can't be started is told by `untilReady`.
    this.#gone.catch(() => {});
  }

  /** Resolves once it takes connections; rejects, with what it printed, where it ends first or is too slow. */
  static async start(command: DatabaseCommand): Promise<DatabaseProcess> {
    // In a group of its own: a terminal's ^C is for the test, which may need its database to end well; the watchdog ends it then.
    const child = spawn(command.file, command.args, {
      cwd: command.folder,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
      ...command.user,
    });
    const started = new DatabaseProcess(child);
    try {
      await untilReady(child, command);
      return started;
    } catch (error) {
      await started.kill().catch(() => {});
      throw error;
    }
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** kill -9, unless another signal is asked for; resolved once it is gone. Twice is fine. */
  async kill(signal: "SIGKILL" | "SIGINT" = "SIGKILL"): Promise<void> {
    this.#child.kill(signal);
    await this.#gone;
  }
}

async function untilReady(child: ChildProcess, { file, ready }: DatabaseCommand): Promise<void> {
  const printed: string[] = [];
  await new Promise<void>((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`${file} ${why}\n${printed.join("\n")}`));
    const timer = setTimeout(() => fail(`was not ready within ${READY_LIMIT_MS} ms`), READY_LIMIT_MS);
    for (const input of [child.stdout, child.stderr]) {
      if (!input) continue;
      // Read to the end, for a full pipe would stop the database.
      createInterface({ input }).on("line", (line) => {
        if (printed.push(line) > 50) printed.shift();
        if (!ready.test(line)) return;
        clearTimeout(timer);
        resolve();
      });
    }
    child.once("error", (error) => {
      clearTimeout(timer);
      fail(`could not be started: ${error.message}`);
    });
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      fail(`ended before it was ready: ${code ?? signal}`);
    });
  });
}
