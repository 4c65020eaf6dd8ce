import type { Db, MongoClient } from "mongodb";
import { TickwireError } from "../../core/errors.js";
import type { Log } from "../../core/log.js";

export interface LineOptions {
  readonly database: string;
  /** What a call may take in all, in ms. */
  readonly mostMs: number;
  readonly log: Log;
}

/**
 * A client that is replaced where a call has hung on it. The driver (7.9) waits for ever where it writes to a socket that has
 * ended and was not reported as closed yet, as happens when a database dies; and the connection stays taken, so that a few of
 * them would use up a pool.
 */
export class Line {
  #client: MongoClient;
  #closed = false;
  /** Ends a call that is under way, each. */
  readonly #underWay = new Set<(why: string) => void>();

  constructor(
    private readonly make: () => MongoClient,
    private readonly options: LineOptions,
  ) {
    this.#client = make();
  }

  get db(): Db {
    return this.#client.db(this.options.database);
  }

  /** What `call` comes to; STORE_DOWN where it has hung. What it does afterwards, if it does, nobody hears of. */
  async bound<T>(call: () => Promise<T>): Promise<T> {
    const { mostMs, log } = this.options;
    const client = this.#client;
    let end: (why: string) => void = () => {};
    const ended = new Promise<never>((_, reject) => {
      end = (why) => reject(new TickwireError("STORE_DOWN", `MongoDB can't be used: ${why}`));
    });
    const timer = setTimeout(() => {
      // Several hang at once, and are replaced once.
      if (client === this.#client && !this.#closed) {
        log.warn({ mostMs }, "a call to MongoDB has hung; its connections are opened anew");
        this.#client = this.make();
        client.close(true).catch(() => {});
      }
      end("a call got neither an answer nor an error");
    }, mostMs);
    this.#underWay.add(end);
    try {
      return await Promise.race([call(), ended]);
    } finally {
      clearTimeout(timer);
      this.#underWay.delete(end);
    }
  }

  /** What is under way ends with it, also what hangs. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#client.close(true);
    for (const end of this.#underWay) end("the store is closed");
  }
}
