import type { Client, RunWatch } from "@tickwire/client";
import type { Settings } from "../../config.js";
import type { Given } from "../given.js";
import { note, printLines } from "../output.js";
import { runLine } from "../run/run-line.js";
import { scheduleExamples } from "./example-jobs.js";
import { isShown, showLogEvent } from "./log-event.js";
import { Part, type PartOptions } from "./part.js";
import { welcomeLines } from "./welcome.js";

/** A process that ends so soon after its start, so many times in a row, would do so for ever. */
const SHORT_LIFE_MS = 2_000;
const SHORT_LIVES = 3;
/** What the worker's tasks get to end in, in ms. */
const WORKER_GRACE_MS = 5_000;

/** What one `tickwire dev` has going. */
export class DevSession {
  /** Rejects once a process can't be kept running. */
  readonly failed: Promise<never>;
  readonly #given: Given;
  readonly #settings: Settings;
  #fail: (error: Error) => void = () => {};
  #server: Part | undefined;
  #worker: Part | undefined;
  #client: Client | undefined;
  #watch: RunWatch | undefined;
  readonly #startedAt = performance.now();
  #stopping = false;

  constructor(given: Given, settings: Settings) {
    this.#given = given;
    this.#settings = settings;
    this.failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.failed.catch(() => {});
  }

  async start(): Promise<void> {
    this.#server = this.#startServer(this.#given.text("grpc") ?? "", this.#given.text("http") ?? "");
    // Loaded while the server starts: it takes as long.
    const loaded = import("@tickwire/client");
    const { grpc, http } = (await this.#server.ready).facts;
    if (this.#stopping) return;
    const address = String(grpc);
    const httpAddress = typeof http === "string" ? http : undefined;
    this.#worker = this.#startWorker(address);
    const { Client } = await loaded;
    this.#client = new Client({ address });
    this.#watch = this.#client.watchRuns({
      view: "full",
      onGap: () => note("runs that ended meanwhile are not shown here: tickwire run list has them"),
    });
    await Promise.all([this.#watch.opened, this.#worker.ready]);
    // With somebody to run them, so that the first run is on time.
    const outcomes = await scheduleExamples(this.#client);
    await printLines(
      welcomeLines({
        address,
        httpAddress,
        store: this.#settings.store,
        serverPid: this.#server.pid,
        workerPid: this.#worker.pid,
        readyMs: Math.round(performance.now() - this.#startedAt),
        outcomes,
      }),
    );
    await this.#noteOthers(this.#client);
    this.#keep(this.#server, () => {
      this.#server = this.#startServer(address, httpAddress ?? "off");
      return this.#server;
    });
    this.#keep(this.#worker, () => {
      this.#worker = this.#startWorker(address);
      return this.#worker;
    });
    this.#show(this.#watch).catch(this.#fail);
  }

  /** The worker first, so that its last results are stored; then the server. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#worker?.stop(WORKER_GRACE_MS);
    await this.#watch?.close();
    this.#client?.close();
    await this.#server?.stop(this.#settings.graceMs);
  }

  #startServer(grpc: string, http: string): Part {
    const { store } = this.#settings;
    return new Part({
      name: "server",
      args: ["serve", "--store", store, "--grpc", grpc, "--http", http, "--log-level", "info", "--log-format", "json"],
      logOn: "stdout",
      readyWith: "ready",
      ...this.#shown("server"),
    });
  }

  #startWorker(address: string): Part {
    const grace = `${WORKER_GRACE_MS}ms`;
    return new Part({
      name: "worker",
      args: [
        "worker",
        "--server",
        address,
        "--kinds",
        "print,shell,http",
        // It runs commands, which may do this anyway.
        "--http-allow-private",
        "--grace",
        grace,
        "--log-level",
        "info",
        "--log-format",
        "json",
      ],
      logOn: "stderr",
      readyWith: "connected",
      ...this.#shown("worker"),
    });
  }

  #shown(part: string): Pick<PartOptions, "onEvent" | "onWords"> {
    return {
      onEvent: (event) => {
        if (isShown(event, this.#settings.logLevel)) note(showLogEvent(part, event));
      },
      onWords: (line) => note(`${part}: ${line}`),
    };
  }

  /** Two of them on one file share its jobs, which surprises who started the second one by mistake. */
  async #noteOthers(client: Client): Promise<void> {
    const servers = new Set<string>();
    const { serverId } = await client.getServerInfo();
    for await (const worker of client.listWorkers()) if (worker.serverId !== serverId) servers.add(worker.serverId);
    if (servers.size === 0) return;
    const { store } = this.#settings;
    note(
      `Another tickwire uses ${store} as well, or did until seconds ago (server ${[...servers].join(", ")}): jobs are shared, and so are the runs that are shown.\nFor jobs of your own: --store sqlite:OTHER.db\n`,
    );
  }

  /** Starts a process again whenever it ends, until that has come to nothing a few times in a row. */
  #keep(part: Part, again: () => Part, shortLives = 0): void {
    const turn = async (): Promise<void> => {
      const how = await part.ended;
      if (this.#stopping) return;
      const shortNow = performance.now() - part.startedAt < SHORT_LIFE_MS ? shortLives + 1 : 0;
      if (shortNow === SHORT_LIVES) throw new Error(`the ${part.name} keeps ending right after its start (${how})`);
      note(`the ${part.name} ended (${how}): starting it again`);
      const next = again();
      await next.ready;
      if (this.#stopping) return;
      note(`the ${next.name} is back, pid ${next.pid}`);
      this.#keep(next, again, shortNow);
    };
    turn().catch(this.#fail);
  }

  async #show(watch: RunWatch): Promise<void> {
    for await (const run of watch) await printLines([runLine(run)]);
  }
}
