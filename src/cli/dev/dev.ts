import type { Client, RunWatch } from "@tickwire/client";
import { readSettings, type Settings, SettingsError } from "../../config.js";
import { isLoopback, showAddress } from "../../setting-types.js";
import { CommandError, EXIT, usageError } from "../exit.js";
import type { Given } from "../given.js";
import { note, printLines } from "../output.js";
import { stopSignal } from "../stop-signal.js";
import { scheduleExamples } from "./example-jobs.js";
import { isShown, showLogEvent } from "./log-event.js";
import { Part } from "./part.js";
import { runLine } from "./run-line.js";
import { welcomeLines } from "./welcome.js";

/** npm hands on the ^C that the terminal sends as well. */
const SAME_SIGNAL_MS = 500;
/** A process that ends so soon after its start would do so for ever, in ms. */
const SHORT_LIFE_MS = 2_000;
/** What the worker's tasks get to end in, in ms. */
const WORKER_GRACE_MS = 5_000;

/** A server and a worker as processes of their own, and two jobs, until SIGINT or SIGTERM; answers 0 then. */
export async function dev(given: Given): Promise<number> {
  const settings = settingsOf(given);
  const stopped = stopSignal(SAME_SIGNAL_MS);
  const session = new DevSession(given, settings);
  try {
    const failed = session.start().then(() => session.failed);
    await Promise.race([stopped, failed]);
    note("");
    return EXIT.done;
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(EXIT.refused, (error as Error).message, { cause: error });
  } finally {
    await session.stop();
  }
}

function settingsOf(given: Given): Settings {
  try {
    const settings = readSettings({ ...given.flags, "log-level": given.text("log-level") }, given.env);
    for (const [option, address] of [
      ["grpc", settings.grpc],
      ["http", settings.http],
    ] as const) {
      if (!address || isLoopback(address.host)) continue;
      throw usageError(
        `--${option}: ${showAddress(address)} is not a loopback address, and this worker runs commands for whoever reaches its server; use tickwire serve and tickwire worker`,
      );
    }
    return settings;
  } catch (error) {
    if (error instanceof SettingsError) throw usageError(error.message);
    throw error;
  }
}

/** What one `tickwire dev` has going. */
class DevSession {
  /** Rejects once a process can't be kept running. */
  readonly failed: Promise<never>;
  readonly #given: Given;
  readonly #settings: Settings;
  #fail: (error: Error) => void = () => {};
  #server: Part | undefined;
  #worker: Part | undefined;
  #client: Client | undefined;
  #watch: RunWatch | undefined;
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
    const address = String(grpc);
    const httpAddress = typeof http === "string" ? http : undefined;
    this.#worker = this.#startWorker(address);
    const { Client } = await loaded;
    this.#client = new Client({ address });
    this.#watch = this.#client.watchRuns({ view: "full" });
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
        readyMs: Math.round(performance.now()),
        outcomes,
      }),
    );
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
      onEvent: (event) => {
        if (isShown(event, this.#settings.logLevel)) note(showLogEvent("server", event));
      },
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
        "print,shell",
        "--grace",
        grace,
        "--log-level",
        "info",
        "--log-format",
        "json",
      ],
      logOn: "stderr",
      readyWith: "connected",
      onEvent: (event) => {
        if (isShown(event, this.#settings.logLevel)) note(showLogEvent("worker", event));
      },
    });
  }

  /** Starts a process again whenever it ends, unless it does so as soon as it has started. */
  #keep(part: Part, again: () => Part): void {
    const turn = async (): Promise<void> => {
      const how = await part.ended;
      if (this.#stopping) return;
      if (performance.now() - part.startedAt < SHORT_LIFE_MS)
        throw new Error(`the ${part.name} ended (${how}) right after its start`);
      note(`the ${part.name} ended (${how}): starting it again`);
      const next = again();
      await next.ready;
      if (this.#stopping) return;
      note(`the ${next.name} is back, pid ${next.pid}`);
      this.#keep(next, again);
    };
    turn().catch(this.#fail);
  }

  async #show(watch: RunWatch): Promise<void> {
    for await (const run of watch) await printLines([runLine(run)]);
  }
}
