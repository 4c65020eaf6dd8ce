import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const MAIN = fileURLToPath(new URL("../../src/main.js", import.meta.url));

/** A command that ran to its end. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StartOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What it reads on stdin. */
  readonly input?: string | Uint8Array;
}

/** A tickwire command as a process of its own. */
export class Cli implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  stdout = "";
  stderr = "";
  readonly #waiting = new Set<() => void>();
  #isOver = false;

  constructor(args: readonly string[], { cwd, env, input }: StartOptions = {}) {
    // Nothing of the surroundings: what a test does not set has its default.
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("TICKWIRE_"));
    this.child = spawn(process.execPath, [MAIN, ...args], {
      ...(cwd !== undefined && { cwd }),
      env: { ...Object.fromEntries(inherited), ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.child.stdin?.on("error", () => {});
    this.child.stdin?.end(input);
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => this.#take("stdout", text));
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => this.#take("stderr", text));
    this.ended = once(this.child, "close").then(([code, signal]) => {
      this.#isOver = true;
      for (const look of this.#waiting) look();
      return { code, signal, stdout: this.stdout, stderr: this.stderr } as Ended;
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Resolves with the first match in what it has written so far or writes later; rejects where it ends before. */
  until(stream: "stdout" | "stderr", pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = pattern.exec(this[stream]);
        if (found) resolve(found);
        else if (this.#isOver) reject(new Error(`it ended without ${pattern}:\n${this.stdout}\n${this.stderr}`));
        if (found || this.#isOver) this.#waiting.delete(look);
      };
      this.#waiting.add(look);
      look();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGKILL");
    await this.ended;
  }

  #take(stream: "stdout" | "stderr", text: string): void {
    this[stream] += text;
    for (const look of [...this.#waiting]) look();
  }
}

/** Runs a command to its end. */
export async function run(args: readonly string[], options: StartOptions = {}): Promise<Ended> {
  return await new Cli(args, options).ended;
}

/** A server on a free port with a store that is lost with it. */
export async function serve(args: readonly string[] = []): Promise<Cli & { readonly address: string }> {
  const server = new Cli([
    "serve",
    "--store",
    "memory:",
    "--grpc",
    "127.0.0.1:0",
    "--http",
    "off",
    "--log-format",
    "json",
    ...args,
  ]);
  const [, address = ""] = await server.until("stdout", /"grpc":"([^"]+)".*"msg":"ready"/);
  return Object.assign(server, { address });
}

/** What is written there so far, line by line, and every later line. */
export function linesOf(stream: NodeJS.ReadableStream): AsyncIterable<string> {
  return createInterface({ input: stream });
}

/** A folder that is removed when it is disposed of. */
export function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "tickwire-cli-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
