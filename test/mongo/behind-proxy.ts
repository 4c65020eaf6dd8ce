import { MongoClient } from "mongodb";
import { openMongoStore } from "../../src/store/mongo/store.js";
import type { Store } from "../../src/store/store.js";
import { hostOf } from "../faults/mongo-uri.js";
import { TcpProxy } from "../faults/proxy.js";
import { at } from "../store/suite/clock.js";
import { mongoData } from "./data.js";

const COLLECTIONS = ["jobs", "runs", "kinds", "workers", "cancels", "leases"] as const;

/** Not by names that are drawn. */
const ORDER = { slug: 1, serverId: 1, _id: 1 } as const;

/** A command that a store is about to send, which waits in the proxy. */
export interface Held {
  /** Resolves once it waits. */
  readonly reached: Promise<void>;
  /** Lets it go, and all that came behind it. */
  go(): void;
}

/**
 * A store that reaches its database by way of a proxy, and beside it one that does not, on data of their own whose clock stands
 * at `at(0)`.
 */
export class BehindProxy implements AsyncDisposable {
  /** Hears of each command that `store` is about to send. */
  onSent: ((name: string) => void) | undefined;
  readonly #client: MongoClient;
  readonly #waiting: { readonly name: string; readonly hold: () => void }[] = [];

  private constructor(
    readonly proxy: TcpProxy,
    readonly direct: Store,
    private readonly data: ReturnType<typeof mongoData>,
  ) {
    this.#client = new MongoClient(data.url);
  }

  #store: Store | undefined;

  /** The one that goes through the proxy. */
  get store(): Store {
    if (!this.#store) throw new Error("it is not open");
    return this.#store;
  }

  /** Where both are, by way of the proxy: for another process. */
  get url(): string {
    // A driver waits half a second before it looks again at a server that it has lost.
    return `${this.proxy.uri(this.data.url)}&minHeartbeatFrequencyMS=20`;
  }

  static async open(uri: string): Promise<BehindProxy> {
    const data = mongoData(uri);
    const proxy = await TcpProxy.to(hostOf(uri));
    const direct = await data.open(() => at(0));
    const world = new BehindProxy(proxy, direct, data);
    world.#store = await openMongoStore(world.url, {
      clock: () => at(0),
      onCommand: (name, what) => {
        if (what === "sent") world.#heard(name);
      },
    });
    return world;
  }

  /** A collection as it is, past every store. */
  raw<T extends { _id: string }>(name: string) {
    return this.#client.db().collection<T>(name);
  }

  /** Holds back the next command of this name. */
  hold(name: string): Held {
    const reached = new Promise<void>((resolve) => {
      this.#waiting.push({
        name,
        hold: () => {
          this.proxy.hold();
          resolve();
        },
      });
    });
    return { reached, go: () => this.proxy.pass() };
  }

  /** Every document of every collection, by the collections' names. */
  async everything(): Promise<Record<string, Record<string, unknown>[]>> {
    const all: Record<string, Record<string, unknown>[]> = {};
    for (const name of COLLECTIONS) all[name] = await this.raw(name).find({}, { sort: ORDER }).toArray();
    return all;
  }

  async empty(): Promise<void> {
    await Promise.all(COLLECTIONS.map(async (name) => await this.raw(name).deleteMany({})));
  }

  /** Does `work` while the next command of this name is on its way. */
  async during<T>(name: string, call: Promise<T>, work: () => Promise<unknown>): Promise<T> {
    const { reached, go } = this.hold(name);
    await Promise.race([reached, call]);
    try {
      await work();
    } finally {
      go();
    }
    return await call;
  }

  /** Loses so many answers to this command, one after the other. */
  cut(command: string, times: number): void {
    this.proxy.cutReply({ command, always: true });
    void this.#passAfter(times);
  }

  /** Loses so many of these commands themselves, one after the other. */
  drop(command: string, times: number): void {
    this.proxy.dropAfter(0, { command, always: true });
    void this.#passAfter(times);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.proxy.up();
    await Promise.all([this.#store?.close(), this.direct.close(), this.#client.close()]);
    await this.data.remove();
    await this.proxy.close();
  }

  async #passAfter(times: number): Promise<void> {
    const { struck: before } = this.proxy.counts;
    await this.proxy.until(({ struck }) => struck >= before + times);
    this.proxy.pass();
  }

  #heard(name: string): void {
    this.onSent?.(name);
    const n = this.#waiting.findIndex((one) => one.name === name);
    if (n >= 0) this.#waiting.splice(n, 1)[0]?.hold();
  }
}
