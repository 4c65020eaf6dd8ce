import { Client, type RunWatch } from "@tickwire/client";
import type { LogEvent } from "../../src/cli/dev/log-event.js";
import { ownPort } from "../own-port.js";
import { Member } from "./member.js";
import type { Story } from "./story.js";

/** Shorter than the defaults, so that what waits for them is seen within seconds. The grace is the least that the ping allows. */
const LEASE_TTL_MS = 4_000;
const PING_MS = 500;
const GRACE_MS = 5_000;
/** Long enough for the others to notice that a server is gone, before it is back. */
const AGAIN_MS = LEASE_TTL_MS + 3_000;

const SERVERS = ["server-1", "server-2", "server-3"] as const;
const WORKERS = ["worker-1", "worker-2"] as const;

/** Three servers on one database, and two workers that know all of them. */
export class Fleet implements AsyncDisposable {
  readonly servers: readonly Member[];
  readonly workers: readonly Member[];
  /** Asks whichever server answers. */
  readonly client: Client;
  /** One for each server. */
  readonly clients: readonly Client[];
  readonly #addresses: readonly string[];
  readonly #story: Story;
  readonly #watches: RunWatch[] = [];

  private constructor(story: Story, store: string, ports: readonly number[], workerGraceMs: number) {
    this.#story = story;
    this.#addresses = ports.map((port) => `127.0.0.1:${port}`);
    this.client = new Client({ address: this.#addresses });
    this.clients = this.#addresses.map((address) => new Client({ address }));
    this.servers = SERVERS.map((name, n) => this.#server(name, store, this.#addresses[n] ?? ""));
    this.workers = WORKERS.map((name) => this.#worker(name, this.#addresses, workerGraceMs));
  }

  /** Resolves once all of them are there. `workerGraceMs`: what a worker that is stopped gives its tasks. */
  static async start(story: Story, store: string, workerGraceMs: number): Promise<Fleet> {
    const ports: number[] = [];
    while (ports.length < SERVERS.length) ports.push(await ownPort());
    const fleet = new Fleet(story, store, ports, workerGraceMs);
    try {
      await Promise.all(fleet.servers.map((server) => server.start()));
      fleet.#watch();
      await Promise.all([...fleet.workers.map((worker) => worker.start()), ...fleet.#watches.map((one) => one.opened)]);
      return fleet;
    } catch (error) {
      await fleet[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** For people: what there is, and how to reach it. */
  lines(): string[] {
    return [
      ...this.servers.map(({ name, pid }, n) => `${name}  pid ${pid}, gRPC on ${this.#addresses[n]}`),
      ...this.workers.map(({ name, pid }) => `${name}  pid ${pid}, knows all three servers`),
    ];
  }

  /** The workers first, so that their last results are stored. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.stop(0)));
    await Promise.all(this.#watches.map((watch) => watch.close()));
    for (const client of [this.client, ...this.clients]) client.close();
    await Promise.all(this.servers.map((server) => server.stop(GRACE_MS)));
  }

  #server(name: string, store: string, address: string): Member {
    const spans = ["--lease-ttl", `${LEASE_TTL_MS}ms`, "--ping", `${PING_MS}ms`, "--grace", `${GRACE_MS}ms`];
    const log = ["--log-level", "info", "--log-format", "json"];
    const place = ["--store", store, "--grpc", address, "--http", "off"];
    return new Member({
      name,
      args: ["serve", "--server-id", name, ...place, ...spans, ...log],
      logOn: "stdout",
      readyWith: "ready",
      onEvent: (event) => this.#heardServer(name, event),
      story: this.#story,
      againMs: AGAIN_MS,
    });
  }

  #worker(name: string, addresses: readonly string[], graceMs: number): Member {
    const log = ["--log-level", "info", "--log-format", "json"];
    const spans = ["--grace", `${graceMs}ms`];
    return new Member({
      name,
      args: ["worker", "--id", name, "--server", addresses.join(","), "--kinds", "print,shell", ...spans, ...log],
      logOn: "stderr",
      readyWith: "connected",
      onEvent: (event) => this.#heardWorker(name, event),
      story: this.#story,
      againMs: AGAIN_MS,
    });
  }

  /** Each server tells of the runs that end on it. */
  #watch(): void {
    for (const [n, client] of this.clients.entries()) {
      const watch = client.watchRuns({
        onGap: () => this.#story.say(`(runs that ended in the last moment of ${this.servers[n]?.name} are not shown)`),
      });
      this.#watches.push(watch);
      const show = async (): Promise<void> => {
        for await (const run of watch) this.#story.tell({ what: "run", run });
      };
      show().catch((error: Error) => this.#story.say(`runs are not shown any more: ${error.message}`));
    }
  }

  #heardServer(name: string, { message, facts }: LogEvent): void {
    if (message === "a server is gone; its lease was taken over")
      this.#story.tell({ what: "taken over", by: name, gone: String(facts["gone"]) });
    if (message.startsWith("a task was lost")) this.#story.say(`${name}: ${message}: ${String(facts["slug"])}`);
  }

  #heardWorker(worker: string, { message, facts }: LogEvent): void {
    if (message === "connected")
      this.#story.tell({
        what: "connected",
        worker,
        server: String(facts["serverId"]),
        carried: Number(facts["adopted"] ?? 0),
      });
    if (message === "connection lost")
      this.#story.say(`${worker} has lost its server, with ${String(facts["inHand"])} in hand`);
  }
}
