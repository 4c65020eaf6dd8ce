import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client } from "@tickwire/client";
import { ownPort } from "../../own-port.js";

export interface FleetWorker {
  readonly child: ChildProcess;
  readonly begun: () => Begun[];
}

/**
 * A server and workers as real processes on one embedded file. Spans are short, so that what waits for a lease or a grace is
 * seen within seconds.
 */
const SPANS = { TICKWIRE_LEASE_TTL: "6s", TICKWIRE_PING: "500ms", TICKWIRE_GRACE: "5s" };
const MAIN = fileURLToPath(new URL("../../../src/main.js", import.meta.url));
const WORKER = fileURLToPath(new URL("./worker-process.js", import.meta.url));

export interface Begun {
  readonly slug: string;
  readonly runId: string;
  readonly attempt: number;
}

export class Fleet implements AsyncDisposable {
  readonly client: Client;
  readonly #children = new Set<ChildProcess>();
  #workers = 0;

  private constructor(
    readonly folder: string,
    readonly address: string,
    readonly httpAddress: string,
    readonly env: NodeJS.ProcessEnv,
  ) {
    this.client = new Client({ address });
  }

  static async open(env: NodeJS.ProcessEnv = SPANS): Promise<Fleet> {
    const folder = await mkdtemp(join(tmpdir(), "tickwire-fleet-"));
    return new Fleet(folder, `127.0.0.1:${await ownPort()}`, `127.0.0.1:${await ownPort()}`, env);
  }

  /** Resolves once the server answers. */
  async serve(): Promise<ChildProcess> {
    const store = `sqlite:${join(this.folder, "store.db")}`;
    const args = ["serve", "--store", store, "--grpc", this.address, "--http", this.httpAddress, "--log-level", "warn"];
    const child = this.#spawn([process.execPath, "--enable-source-maps", MAIN, ...args], "server");
    await Promise.race([this.client.getServerInfo(), died(child)]);
    return child;
  }

  /** A worker whose ledger is written before and after each task; resolves once it is connected. */
  async work(maxTasks: number, mostMs: number): Promise<FleetWorker> {
    return this.#worker((ledger) => [
      process.execPath,
      "--enable-source-maps",
      WORKER,
      this.address,
      ledger,
      String(maxTasks),
      String(mostMs),
    ]);
  }

  /** The same with a runner of test/clients, which `command` starts. */
  async workWith(command: readonly string[], maxTasks: number, mostMs: number): Promise<FleetWorker> {
    return this.#worker((ledger) => {
      const config = { addresses: [this.address], mode: "ledger", kinds: { work: {} }, maxTasks, mostMs, ledger };
      return [...command, JSON.stringify(config)];
    });
  }

  async #worker(commandOf: (ledger: string) => string[]): Promise<FleetWorker> {
    const ledger = join(this.folder, `worker-${this.#workers++}.ledger`);
    const child = this.#spawn(commandOf(ledger), "worker", "pipe");
    await Promise.race([once(child.stdout ?? child, "data"), died(child)]);
    return { child, begun: () => readLedger(ledger) };
  }

  /** kill -9, resolved once it is gone. */
  async kill(child: ChildProcess): Promise<void> {
    child.removeAllListeners("exit");
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
    this.#children.delete(child);
  }

  /** Asks it to end in its order, and resolves with its exit code once it has. */
  async terminate(child: ChildProcess): Promise<number | null> {
    child.removeAllListeners("exit");
    const gone = once(child, "exit");
    child.kill("SIGTERM");
    const [code] = (await gone) as [number | null];
    this.#children.delete(child);
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close();
    for (const child of this.#children) await this.kill(child);
    await rm(this.folder, { recursive: true, force: true });
  }

  #spawn([file = "", ...args]: string[], what: string, stdout: "ignore" | "pipe" = "ignore"): ChildProcess {
    const child = spawn(file, args, {
      env: { ...process.env, ...this.env },
      stdio: ["ignore", stdout, "inherit"],
    });
    this.#children.add(child);
    child.on("exit", (code, signal) => console.error(`the ${what} ended by itself: ${code ?? signal}`));
    return child;
  }
}

async function died(child: ChildProcess): Promise<never> {
  const [code, signal] = await once(child, "exit");
  throw new Error(`a process of the fleet ended before it was ready: ${code ?? signal}`);
}

function readLedger(file: string): Begun[] {
  if (!existsSync(file)) return [];
  // A line that kill -9 cut is no line.
  const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Begun);
}
