import { randomBytes } from "node:crypto";
import { TickwireError } from "../../src/core/errors.js";
import type { StoredJob } from "../../src/core/job.js";
import { type Log, silentLog } from "../../src/core/log.js";
import { newJob } from "../../src/core/new-job.js";
import { DEFAULT_POLICY } from "../../src/core/policy.js";
import type { Run } from "../../src/core/run.js";
import { createDispatch, type Dispatch, type DispatchSettings } from "../../src/dispatch/dispatch.js";
import { openMemoryStore } from "../../src/store/memory/store.js";
import type { Store } from "../../src/store/store.js";
import { FakeWorker, type FakeWorkerOptions } from "./fake-worker.js";
import { ManualClock, ready } from "./manual-clock.js";

export const SETTINGS: DispatchSettings = {
  pingMs: 3_000,
  graceMs: 10_000,
  leaseTtlMs: 30_000,
  pollMs: 1_000,
  cancelMs: 5_000,
  helloMs: 10_000,
  defaultPolicy: DEFAULT_POLICY,
};

/** The store's time when the manual clock stands at 0. */
export const EPOCH = Date.UTC(2026, 0, 1);

/** What can go wrong between a server and its store. */
export class Wire {
  /** Every call is refused before it reaches the store. */
  down = false;
  /** These are carried out, and their answers are lost. */
  readonly loseAnswers = new Set<keyof Store>();
  /** These wait until they are let go. */
  readonly hold = new Set<keyof Store>();
  readonly calls: (keyof Store)[] = [];
  #held: { readonly method: keyof Store; readonly go: () => void }[] = [];

  /** Lets go of the calls that wait: all, or those of one method. */
  letGo(method?: keyof Store): void {
    if (method) this.hold.delete(method);
    else this.hold.clear();
    const free = this.#held.filter((one) => !method || one.method === method);
    this.#held = this.#held.filter((one) => !free.includes(one));
    for (const { go } of free) go();
  }

  through(store: Store): Store {
    return new Proxy(store, {
      get: (target, name) => {
        const value = Reflect.get(target, name) as unknown;
        if (typeof value !== "function") return value;
        const method = name as keyof Store;
        if (method === "watch" || method === "close") return value.bind(target);
        return async (...args: unknown[]) => {
          this.calls.push(method);
          if (this.hold.has(method)) await new Promise<void>((go) => this.#held.push({ method, go }));
          if (this.down) throw new TickwireError("STORE_DOWN", "the store is out of reach");
          const answer = await value.apply(target, args);
          if (this.down || this.loseAnswers.has(method)) throw new TickwireError("STORE_DOWN", "the answer was lost");
          return answer;
        };
      },
    });
  }
}

export interface Server {
  readonly dispatch: Dispatch;
  readonly wire: Wire;
  readonly runs: Run[];
  readonly health: boolean[];
}

/** One store, a clock that is turned by hand, and as many servers and workers as a test wants. */
export class House {
  readonly clock = new ManualClock();
  readonly store: Store = openMemoryStore({ clock: () => this.time(), random: () => 0.5 });
  readonly servers: Server[] = [];
  readonly log: Log;
  readonly logged: { readonly level: string; readonly message: string; readonly facts: object }[] = [];

  constructor(readonly settings: DispatchSettings = SETTINGS) {
    const at = (level: string) => (facts: object, message: string) => this.logged.push({ level, message, facts });
    this.log = { ...silentLog, warn: at("warn"), error: at("error") };
  }

  time(offsetMs = 0): Date {
    return new Date(EPOCH + Math.floor(this.clock.mono()) + offsetMs);
  }

  async server(serverId = `server-${this.servers.length + 1}`): Promise<Server> {
    const wire = new Wire();
    const dispatch = createDispatch({
      store: wire.through(this.store),
      clock: this.clock,
      log: this.log,
      settings: this.settings,
      serverId,
      version: "0",
      random: () => 0.5,
    });
    const server: Server = { dispatch, wire, runs: [], health: [] };
    dispatch.feed.subscribe((runs) => server.runs.push(...runs));
    dispatch.onHealth((healthy) => server.health.push(healthy));
    await dispatch.start();
    await ready();
    this.servers.push(server);
    return server;
  }

  worker(options?: FakeWorkerOptions): FakeWorker {
    return new FakeWorker(this.clock, options);
  }

  /** Stores a job, as a caller of no server in particular: only the poll finds it. */
  async store1(slug: string, over: Partial<Parameters<typeof newJob>[0]> = {}): Promise<StoredJob> {
    const job = newJob(
      {
        slug,
        uid: randomBytes(16).toString("hex"),
        kind: "mail",
        priority: 2,
        trigger: { type: "once" },
        policy: {},
        payload: new Uint8Array(0),
        contentType: "",
        labels: {},
        traceContext: {},
        ...over,
      },
      this.time(),
    );
    const [result] = await this.store.create([{ job, retry: false }]);
    if (result?.status !== "created") throw new Error(`${slug} ${result?.status}`);
    return job;
  }

  /** Stores a job and tells a server, as its own service does. */
  async schedule(server: Server, slug: string, over: Partial<Parameters<typeof newJob>[0]> = {}): Promise<StoredJob> {
    const job = await this.store1(slug, over);
    server.dispatch.wake({ due: { kinds: [job.kind], at: job.due ?? this.time() } });
    await ready();
    return job;
  }

  async job(slug: string): Promise<StoredJob | undefined> {
    return this.store.get(slug);
  }

  /** States of the runs of this slug, oldest first. */
  async states(slug: string): Promise<string[]> {
    return (await this.runsOf(slug)).map(({ state }) => state);
  }

  async runsOf(slug: string): Promise<Run[]> {
    const page = await this.store.listRuns({ filter: { slug }, limit: 1_000, results: true });
    return [...page.items].reverse();
  }

  close(): void {
    for (const { dispatch } of this.servers) dispatch.abort();
  }
}

/** A test in a house of its own, torn down whatever happens. */
export function inHouse(test: (house: House) => Promise<void>, settings?: Partial<DispatchSettings>) {
  return async () => {
    const house = new House({ ...SETTINGS, ...settings });
    try {
      await test(house);
    } finally {
      house.close();
      await house.store.close();
    }
  };
}
