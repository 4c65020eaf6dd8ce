import type { Log } from "../core/log.js";
import type { Wake } from "./store.js";
import { newToken } from "./token.js";

/** Between two notices of one process, in ms: each is a write, and an event in every server. */
const GATHER_MS = 20;
/** More kinds than this in one notice: it says "any". */
const MAX_KINDS = 100;

/** What other servers hear. */
export interface Notice {
  /** Who has written it: a process does not wake itself. */
  readonly from: string;
  /** Of its writer. */
  readonly seq: number;
  /** Kinds that have a job due earlier than before. Absent: any. */
  readonly due?: readonly string[];
  readonly cancels: boolean;
  readonly kinds: boolean;
}

/**
 * Notices to the other servers, gathered. They only make haste: who misses one learns of it by its poll, so none is waited
 * for, but those that a caller's answer promises.
 */
export class Notices {
  readonly #from = newToken();
  #due: Set<string> | "any" = new Set();
  #seq = 0;
  #cancels = false;
  #kinds = false;
  #timer: NodeJS.Timeout | undefined;
  #alone = false;
  #stopped = false;

  constructor(
    private readonly write: (notice: Notice) => Promise<void>,
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

  /** What a notice's text wakes; undefined where it is this process's own. */
  heard(text: string): Wake | undefined {
    const { from, due, cancels, kinds: kindsChanged } = JSON.parse(text) as Notice;
    if (from === this.#from) return undefined;
    return due ? { kinds: due, cancels, kindsChanged } : { cancels, kindsChanged };
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
    return this.write(notice).catch((error: unknown) =>
      this.log.debug({ err: error }, "a notice to the other servers was not written"),
    );
  }
}
