import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../src/main.js", import.meta.url));

/** One line of a server's log. */
export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly server?: string;
  readonly grpc?: string;
  readonly http?: string;
  readonly store?: string;
  readonly err?: { readonly message: string };
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A folder of its own for a test's files; gone after it. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "tickwire-test-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** `tickwire` with these words, as a process. Killed after the test, where it still runs. */
export class TickwireProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  stdout = "";
  stderr = "";
  readonly #waiting = new Set<() => void>();

  constructor(
    t: TestContext,
    words: readonly string[],
    options: { readonly cwd?: string; readonly env?: object } = {},
  ) {
    // Neither another server's settings, nor npm's: it stands between us and the terminal, and not here.
    const inherited = Object.entries(process.env).filter(([name]) => !/^(TICKWIRE|npm)_/.test(name));
    this.child = spawn(process.execPath, [MAIN, ...words], {
      cwd: options.cwd ?? tmpdir(),
      env: { ...Object.fromEntries(inherited), ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
      for (const look of this.#waiting) look();
    });
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
    this.ended = once(this.child, "close").then(([code, signal]) => {
      for (const look of this.#waiting) look();
      return { code, signal };
    });
    t.after(async () => {
      if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill("SIGKILL");
      await this.ended;
    });
  }

  /** The whole lines that it has logged so far. */
  get log(): LogLine[] {
    const lines = this.stdout.slice(0, this.stdout.lastIndexOf("\n") + 1).split("\n");
    return lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as LogLine);
  }

  /** The first line with this message, now or when it comes. Rejects where the process ends without it. */
  async logged(message: string): Promise<LogLine> {
    return await new Promise<LogLine>((resolve, reject) => {
      const look = (): void => {
        const line = this.log.find(({ msg }) => msg === message);
        const isOver = this.child.exitCode !== null || this.child.signalCode !== null;
        if (!line && !isOver) return;
        this.#waiting.delete(look);
        if (line) resolve(line);
        else reject(new Error(`the process ended without "${message}"\n${this.stdout}${this.stderr}`));
      };
      this.#waiting.add(look);
      look();
    });
  }
}

export interface ServerProcess extends TickwireProcess {
  readonly grpc: string;
  readonly http: string;
}

/** `tickwire serve` on free ports, ready. */
export async function startServer(
  t: TestContext,
  words: readonly string[] = ["--store", "memory:"],
  options: { readonly cwd?: string; readonly env?: object } = {},
): Promise<ServerProcess> {
  const ports = ["--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0"].filter(
    (_, at, all) => !words.includes(all[at - (at % 2)] ?? ""),
  );
  const server = new TickwireProcess(t, ["serve", ...ports, ...words], options);
  const ready = await server.logged("ready");
  return Object.assign(server, { grpc: String(ready.grpc), http: String(ready.http) });
}
