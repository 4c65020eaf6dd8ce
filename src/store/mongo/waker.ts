import type { ChangeStream, ChangeStreamDocument, Collection } from "mongodb";
import { MongoServerError } from "mongodb";
import type { Log } from "../../core/log.js";
import type { Wake } from "../store.js";
import { newToken } from "../token.js";
import { COMMAND_MS } from "./context.js";
import type { Notice, WakeDoc } from "./documents.js";
import { insertingOnce } from "./failure.js";
import type { Line } from "./line.js";

const MINE = { _id: "wake" } as const;
/** Between two notices of one process, in ms: each is a write, and an event in every server. */
const GATHER_MS = 20;
/** More kinds than this in one notice: it says "any". */
const MAX_KINDS = 100;
/** Change streams are not to be had here: no replica set, or a server that doesn't know them. */
const NO_STREAMS = new Set([40_573, 59, 115, 72, 40_324]);

/**
 * Notices to the other servers, all in one small document. They only make haste: who misses one learns of it by its poll, so
 * none is waited for, but those that a caller's answer promises.
 */
export class Waker {
  readonly #from = newToken();
  #due: Set<string> | "any" = new Set();
  #seq = 0;
  #cancels = false;
  #kinds = false;
  #timer: NodeJS.Timeout | undefined;
  #alone = false;
  #stopped = false;

  constructor(
    private readonly wake: () => Collection<WakeDoc>,
    private readonly line: Line,
    private readonly log: Log,
  ) {}

  /** Whether another server is there that could care. */
  others(there: boolean): void {
    this.#alone = !there;
  }

  due(kinds: Iterable<string>): void {
    for (const kind of kinds) {
      if (this.#due !== "any") this.#due.add(kind);
      if (this.#due !== "any" && this.#due.size > MAX_KINDS) this.#due = "any";
    }
    if (this.#due === "any" || this.#due.size > 0) this.#soon();
  }

  /** Resolves once the others can have heard of it. */
  async cancels(): Promise<void> {
    this.#cancels = true;
    await this.#now();
  }

  async kindsChanged(): Promise<void> {
    this.#kinds = true;
    await this.#now();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** At once, and then no more often than every 20 ms. */
  #soon(): void {
    if (this.#alone || this.#stopped) {
      this.#due = new Set();
      return;
    }
    if (this.#timer) return;
    void this.#send();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#due === "any" || this.#due.size > 0) this.#soon();
    }, GATHER_MS);
  }

  async #now(): Promise<void> {
    if (!this.#stopped) await this.#send();
  }

  #send(): Promise<void> {
    const notice: Notice = {
      from: this.#from,
      seq: this.#seq++,
      ...(this.#due !== "any" && { due: [...this.#due] }),
      cancels: this.#cancels,
      kinds: this.#kinds,
    };
    this.#due = new Set();
    this.#cancels = false;
    this.#kinds = false;
    const update = { $inc: { n: 1 }, $set: { notice: JSON.stringify(notice) } };
    const write = async () => void (await this.wake().updateOne(MINE, update, { upsert: true, maxTimeMS: COMMAND_MS }));
    return this.line
      .bound(() => insertingOnce(write))
      .catch((error: unknown) => this.log.debug({ err: error }, "a notice to the other servers was not written"));
  }

  /**
   * The others' notices, from one change stream. Ends at once, with a line in the log, where there are no change streams.
   * Throws where the stream breaks: it is opened anew, without a token, and what it missed is the poll's.
   */
  async *watch(signal: AbortSignal): AsyncGenerator<Wake> {
    if (signal.aborted) return;
    const stream = this.wake().watch<WakeDoc>([]);
    const close = () => void stream.close().catch(() => {});
    signal.addEventListener("abort", close, { once: true });
    try {
      yield* this.#read(stream);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof MongoServerError && NO_STREAMS.has(Number(error.code))) {
        this.log.info(
          { reason: error.message },
          "MongoDB has no change streams here; servers learn of each other's writes by polling",
        );
        return;
      }
      throw error;
    } finally {
      signal.removeEventListener("abort", close);
      close();
    }
  }

  /** What changed is in the events themselves: a look-up would be a read for each, and might show only the newest of several. */
  async *#read(stream: ChangeStream<WakeDoc>): AsyncGenerator<Wake> {
    for await (const event of stream) {
      const text = noticeIn(event);
      if (text === undefined) continue;
      const { from, due, cancels, kinds: kindsChanged } = JSON.parse(text) as Notice;
      if (from !== this.#from) yield due ? { kinds: due, cancels, kindsChanged } : { cancels, kindsChanged };
    }
  }
}

function noticeIn(event: ChangeStreamDocument<WakeDoc>): string | undefined {
  if (event.operationType === "insert" || event.operationType === "replace") return event.fullDocument.notice;
  return event.operationType === "update" ? event.updateDescription.updatedFields?.notice : undefined;
}
