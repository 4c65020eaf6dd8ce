import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
      for (const ask of this.#waiting) ask();
      return { code, signal, stdout: this.stdout, stderr: this.stderr } as Ended;
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Resolves with the first match in what it has written so far or writes later; rejects where it ends before. */
  until(stream: "stdout" | "stderr", pattern: RegExp): Promise<RegExpExecArray> {
    return this.untilThat(String(pattern), () => pattern.exec(this[stream]));
  }

  /** Resolves with the first answer to `look` that is one; it is asked again whenever something was written. */
  untilThat<T>(what: string, look: () => T | null | undefined | false): Promise<T> {
    return new Promise((resolve, reject) => {
      const ask = (): void => {
        const found = look();
        if (found) resolve(found);
        else if (this.#isOver) reject(new Error(`it ended without ${what}:\n${this.stdout}\n${this.stderr}`));
        if (found || this.#isOver) this.#waiting.delete(ask);
      };
      this.#waiting.add(ask);
      ask();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGKILL");
    await this.ended;
  }

  #take(stream: "stdout" | "stderr", text: string): void {
    this[stream] += text;
    for (const ask of [...this.#waiting]) ask();
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

/** A folder that is removed when it is disposed of. */
export function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "tickwire-cli-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
