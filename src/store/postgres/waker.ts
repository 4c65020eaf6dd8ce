import pg from "pg";
import type { Log } from "../../core/log.js";
import { Notices } from "../notices.js";
import type { Wake } from "../store.js";
import { newToken } from "../token.js";
import { connectionOptions, type Database } from "./database.js";

/** PostgreSQL takes less than 8,000 bytes. */
const MAX_BYTES = 7_900;
/** How often a listening connection is asked whether it still is one, in ms: a line that broke silently says nothing else. */
const PING_MS = 5_000;
/** How long a notice may take to come back, in ms, before it is plain that here they don't. */
const ECHO_MS = 2_000;

const NOTIFY = "SELECT pg_notify($1, $2)";

export interface WakerOptions {
  readonly url: string;
  readonly schema: string;
  readonly db: Database;
  readonly log: Log;
}

/**
 * Notices by NOTIFY, never in a transaction that writes: whoever commits with one waits for every other that does, in the whole
 * database.
 */
export class Waker extends Notices {
  readonly #channel: string;
  #told = false;

  constructor(private readonly options: WakerOptions) {
    const channel = `tickwire_${options.schema}`;
    super(async (notice) => {
      const text = JSON.stringify(notice);
      const { due, ...any } = notice;
      await options.db.rows(NOTIFY, [channel, Buffer.byteLength(text) > MAX_BYTES ? JSON.stringify(any) : text]);
    }, options.log);
    this.#channel = channel;
  }

  /**
   * The others' notices, on a connection of its own. Ends, with a line in the log, where none come through, as behind a pooler
   * that gives a connection to others between two statements. Throws where the connection breaks: it is opened anew, and what
   * it missed is the poll's.
   */
  async *watch(signal: AbortSignal): AsyncGenerator<Wake> {
    if (signal.aborted) return;
    const client = new pg.Client(connectionOptions(this.options.url));
    const line = new Line(client, signal);
    try {
      await client.connect();
      await client.query(`LISTEN ${this.#channel}`);
      const echo = `echo ${newToken()}`;
      await client.query(NOTIFY, [this.#channel, echo]);
      if (!(await line.hears(echo, ECHO_MS))) {
        if (!signal.aborted) this.#tellOnce();
        return;
      }
      for await (const text of line.texts(PING_MS)) {
        const wake = text.startsWith("echo ") ? undefined : this.#wakeOf(text);
        if (wake) yield wake;
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      line.stop();
      // An orderly end would wait for an answer that may never come.
      void client.end().catch(() => {});
    }
  }

  /** Whoever may connect to the database may write to the channel: what can't be read may be about anything. */
  #wakeOf(text: string): Wake | undefined {
    try {
      const wake = this.heard(text);
      const kinds: unknown = wake?.kinds ?? [];
      if (Array.isArray(kinds) && kinds.every((kind) => typeof kind === "string")) return wake;
    } catch (error) {
      this.options.log.debug({ err: error }, "a notice can't be read");
    }
    return { cancels: true, kindsChanged: true };
  }

  #tellOnce(): void {
    if (this.#told) return;
    this.#told = true;
    this.options.log.info(
      { channel: this.#channel },
      "PostgreSQL's notices do not come through here; servers learn of each other's writes by polling",
    );
  }
}

/** What one listening connection hears, until it breaks or is not wanted any more. */
class Line {
  readonly #heard: string[] = [];
  #failure: Error | undefined;
  #wake: () => void = () => {};
  readonly #onAbort = () => this.#wake();

  constructor(
    private readonly client: pg.Client,
    private readonly signal: AbortSignal,
  ) {
    client.on("notification", ({ payload }) => {
      this.#heard.push(payload ?? "");
      this.#wake();
    });
    client.on("error", (error) => this.#fail(error));
    client.on("end", () => this.#fail(new Error("the listening connection ended")));
    signal.addEventListener("abort", this.#onAbort);
  }

  stop(): void {
    this.signal.removeEventListener("abort", this.#onAbort);
  }

  async hears(text: string, withinMs: number): Promise<boolean> {
    const until = performance.now() + withinMs;
    while (!this.#heard.includes(text)) {
      const left = until - performance.now();
      if (left <= 0 || this.signal.aborted) return false;
      await this.#news(left);
    }
    return true;
  }

  async *texts(pingMs: number): AsyncGenerator<string> {
    while (!this.signal.aborted) {
      const texts = this.#heard.splice(0);
      yield* texts;
      // The client gives up on an answer by itself.
      if (texts.length === 0 && !(await this.#news(pingMs))) await this.client.query("SELECT 1");
    }
  }

  /** True: something was heard, or nobody listens any more. False: the time is over. */
  async #news(withinMs: number): Promise<boolean> {
    if (this.#failure) throw this.#failure;
    if (this.#heard.length > 0 || this.signal.aborted) return true;
    const news = await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), withinMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
    if (this.#failure) throw this.#failure;
    return news;
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#wake();
  }
}
