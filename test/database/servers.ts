import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Client } from "@tickwire/client";

const MAIN = fileURLToPath(new URL("../../src/main.js", import.meta.url));
/** Short, so that what waits for a lease or a grace is seen within seconds. */
const SPANS = { TICKWIRE_LEASE_TTL: "6s", TICKWIRE_PING: "500ms", TICKWIRE_GRACE: "5s" };

interface Line {
  readonly msg: string;
  readonly [fact: string]: unknown;
}

/** A server in a process of its own, on free ports; what it logs is kept. */
export class ServerProcess implements AsyncDisposable {
  readonly lines: Line[] = [];
  readonly client: Client;
  readonly #looks = new Set<() => void>();

  private constructor(
    private readonly child: ChildProcess,
    readonly address: string,
    private readonly http: string,
  ) {
    this.client = new Client({ address });
  }

  /** Resolves once it is ready. */
  static async start(store: string, serverId: string, env: NodeJS.ProcessEnv = {}): Promise<ServerProcess> {
    const args = ["serve", "--store", store, "--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0", "--server-id", serverId];
    const child = spawn(process.execPath, ["--enable-source-maps", MAIN, ...args, "--log-format", "json"], {
      env: { ...process.env, ...SPANS, ...env },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const before: Line[] = [];
    return await new Promise<ServerProcess>((resolve, reject) => {
      let started: ServerProcess | undefined;
      child.once("exit", () => reject(new Error(`the server ended before it was ready: ${JSON.stringify(before)}`)));
      createInterface({ input: child.stdout }).on("line", (text) => {
        const line = JSON.parse(text) as Line;
        if (started) return started.#heard(line);
        before.push(line);
        if (line.msg !== "ready") return;
        started = new ServerProcess(child, String(line["grpc"]), String(line["http"]));
        started.lines.push(...before);
        resolve(started);
      });
    });
  }

  /** Resolves once it has logged this, now or later. */
  async logged(message: string): Promise<Line> {
    return await new Promise<Line>((resolve) => {
      const look = (): void => {
        const found = this.lines.find(({ msg }) => msg === message);
        if (!found) return;
        this.#looks.delete(look);
        resolve(found);
      };
      this.#looks.add(look);
      look();
    });
  }

  /** Resolves once /readyz answers so: an answer of 200 has no reason. */
  async answers(reason: RegExp | undefined): Promise<void> {
    for (;;) {
      const response = await fetch(`http://${this.http}/readyz`);
      const told = (await response.json()) as { reason?: string };
      if (reason ? reason.test(told.reason ?? "") : response.status === 200) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  #heard(line: Line): void {
    this.lines.push(line);
    for (const look of [...this.#looks]) look();
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close();
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, "exit");
    this.child.kill("SIGKILL");
    await gone;
  }
}

/** Resolves once `look` answers true; what it asks has nothing to wait on. */
export async function until(look: () => Promise<boolean>): Promise<void> {
  while (!(await look())) await new Promise((resolve) => setTimeout(resolve, 50));
}
