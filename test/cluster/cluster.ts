import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client } from "@tickwire/client";
import { checkHistory } from "../history/check.js";
import type { Event, EventOf } from "../history/event.js";
import type { Faults } from "../history/faults.js";
import { Ledger, readLedgers } from "../history/ledger.js";
import { readFinal } from "../history/read-final.js";
import { ownPort } from "../own-port.js";
import { Child } from "./child.js";
import { type ClusterStore, clusterStore, type EngineName } from "./store.js";
import { until } from "./until.js";

/** Short, so that what waits for a lease or a grace is seen within seconds. */
export const TTL_MS = 6_000;
export const GRACE_MS = 5_000;
/** On a machine that is busy with other things. */
const START_MS = 60_000;
const SPANS = { TICKWIRE_LEASE_TTL: "6s", TICKWIRE_PING: "500ms", TICKWIRE_GRACE: "5s" };
const MAIN = fileURLToPath(new URL("../../src/main.js", import.meta.url));
const WORKER = fileURLToPath(new URL("./worker-process.js", import.meta.url));

export interface ClusterOptions {
  /** A store of its own of this name; or one that the test has made, and that ends with the cluster. */
  readonly engine: EngineName | ClusterStore;
  readonly servers: number;
  readonly workers: number;
  readonly serving?: number;
}

/** Servers and workers as real processes on one store, and the ledgers of all that they see. */
export class Cluster implements AsyncDisposable {
  /** Calls whichever server it reaches. */
  readonly client: Client;
  /** What the test itself does. */
  readonly ledger: Ledger;
  readonly #servers = new Map<number, Child>();
  readonly #workers = new Map<number, Child>();
  #started = 0;
  #keep = false;
  #closed = false;

  private constructor(
    readonly folder: string,
    readonly store: ClusterStore,
    readonly addresses: readonly string[],
  ) {
    this.client = new Client({ address: addresses });
    this.ledger = new Ledger(folder, "test");
  }

  /** `serving`: only so many of the servers are started, so that all workers begin there. */
  static async open({ engine, servers, workers, serving = servers }: ClusterOptions): Promise<Cluster> {
    const folder = await mkdtemp(join(tmpdir(), "tickwire-cluster-"));
    const addresses: string[] = [];
    for (let n = 0; n < servers; n++) addresses.push(`127.0.0.1:${await ownPort()}`);
    const store = typeof engine === "string" ? await clusterStore(engine, servers, folder) : engine;
    const cluster = new Cluster(folder, store, addresses);
    try {
      for (let n = 0; n < serving; n++) await cluster.serve(n);
      await Promise.all(Array.from({ length: workers }, (_, n) => cluster.work(n)));
      return cluster;
    } catch (error) {
      // Its processes would keep the caller's alive.
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  server(n: number): Child {
    return known(this.#servers, n);
  }

  worker(n: number): Child {
    return known(this.#workers, n);
  }

  /** Calls server `n` and no other. */
  clientOf(n: number): Client {
    return new Client({ address: this.addresses[n] });
  }

  /**
   * Starts server `n`, again where it was ended; resolves once it answers. A server that can't have its store ends by itself, as
   * where another one was paused in the middle of a write to a file: then it is started anew, as whoever runs servers does.
   */
  async serve(n: number): Promise<Child> {
    const client = this.clientOf(n);
    let child = this.#startServer(n);
    try {
      await until(`server ${n} answers`, START_MS, async () => {
        if (!child.alive) child = this.#startServer(n);
        return await client.getServerInfo({ timeoutMs: 1_000, retry: false }).then(
          () => true,
          () => false,
        );
      });
    } finally {
      client.close();
    }
    return child;
  }

  /** Starts worker `n`, again where it was ended; resolves once a server has welcomed it. */
  async work(n: number, addresses: readonly string[] = this.addresses): Promise<Child> {
    const name = `worker-${n}.${this.#started++}`;
    const child = this.#start(name, WORKER, [this.folder, name, addresses.join(",")]);
    this.#workers.set(n, child);
    await child.ready();
    return child;
  }

  /** kill -9, told to the ledger before. */
  async kill(child: Child): Promise<void> {
    this.ledger.write({ type: "killed", process: child.name });
    await child.end("SIGKILL");
  }

  pause(child: Child): void {
    this.ledger.write({ type: "paused", process: child.name });
    child.pause();
  }

  resume(child: Child): void {
    child.resume();
    this.ledger.write({ type: "resumed", process: child.name });
  }

  /** What was seen so far. */
  events(): Event[] {
    return readLedgers(this.folder);
  }

  /** Of one sort, in the order of the host's clock. */
  seen<T extends Event["type"]>(type: T): EventOf<T>[] {
    return this.events().flatMap((event) => (event.type === type ? [event as EventOf<T>] : []));
  }

  /** What the ledgers and the store say together. Call it once all is quiet. */
  async check(): Promise<Faults> {
    const final = await readFinal(this.client, this.store.url);
    return checkHistory(this.events(), final, { graceMs: GRACE_MS });
  }

  /** Its ledgers and logs stay, for people to look at. */
  keep(): string {
    this.#keep = true;
    return this.folder;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.client.close();
    await Promise.all([...this.#servers.values(), ...this.#workers.values()].map((child) => child.end("SIGKILL")));
    await this.store[Symbol.asyncDispose]();
    if (!this.#keep) await rm(this.folder, { recursive: true, force: true });
  }

  #startServer(n: number): Child {
    const name = `server-${n}.${this.#started++}`;
    const args = ["serve", "--store", this.store.urlOf(n), "--grpc", this.addresses[n] ?? "", "--http", "off"];
    const child = this.#start(name, MAIN, [...args, "--server-id", name, "--log-level", "info"]);
    this.#servers.set(n, child);
    return child;
  }

  #start(name: string, file: string, args: readonly string[]): Child {
    if (this.#closed) throw new Error("the cluster is closed");
    return new Child({ name, file, args, env: SPANS, log: join(this.folder, `${name}.log`) });
  }
}

function known(children: ReadonlyMap<number, Child>, n: number): Child {
  const child = children.get(n);
  if (!child) throw new Error(`number ${n} was never started`);
  return child;
}
