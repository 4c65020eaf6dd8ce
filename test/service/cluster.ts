import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StoredJob } from "../../src/core/job.js";
import { openSqliteStore } from "../../src/store/sqlite/store.js";
import type { Store } from "../../src/store/store.js";
import { input, openMemory, type ServiceHarness, START, startService, success } from "./harness.js";
import { openLateStore } from "./late-history.js";
import { ready } from "./watcher.js";

/** Servers' use cases on one store, whose time the test turns for all at once. */
export class ServiceCluster implements AsyncDisposable {
  readonly servers: ServiceHarness[] = [];
  now = START;
  #jobs: StoredJob[] = [];
  #stores: Store[] = [];

  constructor(
    private readonly open: (clock: () => Date) => Promise<Store> | Store,
    private readonly close: () => Promise<void> = async () => {},
  ) {}

  async start(count = 2, jobs = 200): Promise<this> {
    for (let at = 0; at < count; at++) await this.replace(at);
    const [first] = this.servers;
    if (!first) return this;
    await first.service.scheduleJobs(Array.from({ length: jobs }, (_, n) => input(`job-${n}`)));
    this.#jobs = await first.hand("mail", jobs);
    return this;
  }

  /** Another process in a server's place, with nothing in its memory. */
  async replace(at: number): Promise<void> {
    const store = await this.open(() => this.now);
    this.#stores.push(store);
    const server = await startService(() => store);
    server.now = this.now;
    this.servers[at] = server;
  }

  server(at: number): ServiceHarness {
    const server = this.servers[at];
    if (!server) throw new Error(`no server ${at}`);
    return server;
  }

  /** A task ends on this server. `told` false: the store's answer is lost, so that its feed says nothing. Answers the slug. */
  async end(at: number, told = true): Promise<string | undefined> {
    const job = this.#jobs.shift();
    if (!job) return undefined;
    const server = this.server(at);
    const { publish } = server.dispatch.feed;
    if (!told) server.dispatch.feed.publish = () => {};
    await server.end(job, success);
    server.dispatch.feed.publish = publish;
    return job.slug;
  }

  async pass(ms: number): Promise<void> {
    this.now = new Date(this.now.getTime() + ms);
    for (const server of this.servers) {
      server.now = this.now;
      server.clock.advance(ms);
    }
    await ready();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const store of this.#stores) await store.close();
    await this.close();
  }
}

/** One store, as each of its servers has it. */
export const CLUSTERS: readonly { readonly name: string; open(): Promise<ServiceCluster> }[] = [
  {
    name: "memory",
    open: async () => {
      let store: Store | undefined;
      return new ServiceCluster(async (clock) => (store ??= await openMemory(clock)));
    },
  },
  {
    name: "SQLite",
    open: async () => {
      const folder = await mkdtemp(join(tmpdir(), "tickwire-cluster-"));
      const open = (clock: () => Date) => openSqliteStore(join(folder, "test.db"), { clock, thread: false });
      return new ServiceCluster(open, () => rm(folder, { recursive: true }));
    },
  },
  {
    name: "a history in which runs come late",
    open: async () => {
      let store: Store | undefined;
      let drawn = 0;
      // Some at once, some after a second or nine.
      const late = () => [0, 0, 300, 0, 2_500, 0, 9_000][drawn++ % 7] ?? 0;
      return new ServiceCluster((clock) => (store ??= openLateStore(clock, late)));
    },
  },
];
