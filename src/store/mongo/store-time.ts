import type { Db } from "mongodb";

/**
 * The clock of the server that answers, as this process estimates it between two readings. Without a server's clock (tests):
 * the one that was given.
 */
export class StoreTime {
  #ahead = 0;

  constructor(
    private readonly db: () => Db,
    private readonly given: (() => Date) | undefined,
    private readonly maxTimeMS: number,
  ) {}

  async read(): Promise<Date> {
    if (this.given) return this.given();
    const sent = performance.now();
    const { localTime } = (await this.db().command({ hello: 1, maxTimeMS: this.maxTimeMS })) as { localTime: Date };
    this.#ahead = localTime.getTime() - (sent + performance.now()) / 2;
    return localTime;
  }

  /** For what is recorded and shown. */
  about(): Date {
    return this.given ? this.given() : new Date(Math.round(performance.now() + this.#ahead));
  }
}
