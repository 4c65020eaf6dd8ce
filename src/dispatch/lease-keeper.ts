import type { Log } from "../core/log.js";
import type { Store } from "../store/store.js";
import type { Clock } from "./clock.js";
import type { Deadlines } from "./deadlines.js";
import { Loop } from "./loop.js";

export interface LeaseKeeperParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly deadlines: Deadlines;
  readonly ttlMs: number;
  readonly serverId: string;
  readonly version: string;
  /** Takes this server's tasks from its former leases to the new one; what can't be taken is forgotten. */
  readonly rehome: (from: readonly string[], to: string) => Promise<void>;
  /** Two thirds of a TTL have passed since the last renewal: the store can't be reached. */
  readonly doubted: () => void;
  /** There is a lease again, a new one. */
  readonly healed: () => void;
}

/**
 * This server's claim to exist. A deadline is counted from before the request was sent, never from its answer, and lies at two
 * thirds of the TTL: what is done before it is done well before anybody may fence the lease.
 *
 *   live ──renewed──> live
 *     ├──refused, or a claim's outcome is not known──> renewing as another ──> live (new id)
 *     └──deadline passed──> doubted ──────────────────────────^
 */
export class LeaseKeeper {
  readonly #loop: Loop;
  #id = "";
  #state: "none" | "live" | "replace" | "doubted" | "closed" = "none";
  #deadline = 0;
  /** Opened to replace the current one, which its tasks have not all left yet. */
  #next: string | undefined;
  /** Leases that tasks may still be under, besides the current one. */
  #former: string[] = [];

  constructor(private readonly parts: LeaseKeeperParts) {
    this.#loop = new Loop({
      name: "lease",
      clock: parts.clock,
      log: parts.log,
      everyMs: parts.ttlMs / 30,
      turn: () => this.#turn(),
    });
  }

  /** The lease that claims and adoptions are made under. */
  get id(): string {
    return this.#id;
  }

  /** Whether this server may claim, adopt and send: to be asked right before each. */
  get certain(): boolean {
    return this.#state === "live" && this.parts.clock.mono() < this.#deadline;
  }

  /** The store was out of reach for so long that the lease may be lost. */
  get inDoubt(): boolean {
    return this.#state === "doubted";
  }

  /** Tasks are on their way from one lease to the next. */
  get rehoming(): boolean {
    return this.#state === "replace" || this.#state === "doubted";
  }

  async open(): Promise<void> {
    const { id, deadline } = await this.#openOne();
    this.#id = id;
    this.#deadline = deadline;
    this.#state = "live";
    this.#watch();
    this.#loop.start(this.parts.ttlMs / 6);
  }

  /** A claim's outcome is not known: jobs may be locked under this lease that nobody here knows of. It must end. */
  suspect(): void {
    if (this.#state !== "live") return;
    this.#state = "replace";
    this.#loop.wake();
  }

  /** Marks the lease as left. Gives up after `tries` while the store is out of reach: others then watch it for a TTL. */
  async close(tries = 3): Promise<void> {
    await this.stop();
    for (let left = tries; left > 0; left--) {
      try {
        for (const id of [...this.#former, ...(this.#next ? [this.#next] : []), this.#id]) {
          if (id) await this.parts.store.closeLease(id);
        }
        return;
      } catch (error) {
        this.parts.log.warn({ err: error }, "the lease could not be marked as left");
      }
    }
  }

  async stop(): Promise<void> {
    this.#state = "closed";
    await this.#loop.stop();
  }

  /** Ends every turn, a running one too, without waiting for it. */
  abandon(): void {
    this.#state = "closed";
    void this.#loop.stop();
  }

  async #turn(): Promise<number | undefined> {
    if (this.#state === "closed") return undefined;
    if (!this.certain) {
      if (this.#state === "live") this.#state = "replace";
      return this.#replace();
    }
    const sent = this.parts.clock.mono();
    const live = await this.parts.store.renewLease(this.#id);
    if ((this.#state as string) === "closed") return undefined;
    if (!live) {
      this.parts.log.warn({ lease: this.#id }, "the lease was taken over; opening another");
      if (this.#state === "live") this.#state = "replace";
      return this.#replace();
    }
    // Doubted or suspected while the answer was on its way: what was decided then is not undone.
    if (this.#state !== "live") return 0;
    this.#deadline = sent + (this.parts.ttlMs * 2) / 3;
    return Math.max(0, sent + this.parts.ttlMs / 6 - this.parts.clock.mono());
  }

  async #replace(): Promise<number> {
    const next = await this.#renewNext();
    if (!next || (this.#state as string) === "closed") return 0;
    const from = [...this.#former, this.#id];
    await this.parts.rehome(from, next.id);
    if ((this.#state as string) === "closed") return 0;
    this.#next = undefined;
    this.#former = [];
    this.#id = next.id;
    this.#deadline = next.deadline;
    this.#state = "live";
    this.#watch();
    this.parts.log.info({ lease: next.id, former: from }, "a new lease is open");
    this.parts.healed();
    for (const id of from) await this.parts.store.closeLease(id);
    return this.parts.ttlMs / 6;
  }

  async #renewNext(): Promise<{ id: string; deadline: number } | undefined> {
    if (!this.#next) {
      const opened = await this.#openOne();
      this.#next = opened.id;
      return opened;
    }
    const sent = this.parts.clock.mono();
    const id = this.#next;
    if (await this.parts.store.renewLease(id)) return { id, deadline: sent + (this.parts.ttlMs * 2) / 3 };
    this.#former.push(id);
    this.#next = undefined;
    return undefined;
  }

  async #openOne(): Promise<{ id: string; deadline: number }> {
    const { store, clock, ttlMs, serverId, version } = this.parts;
    const sent = clock.mono();
    const id = await store.openLease({ serverId, ttlMs, version });
    return { id, deadline: sent + (ttlMs * 2) / 3 };
  }

  #watch(): void {
    this.parts.deadlines.set(Math.max(0, this.#deadline - this.parts.clock.mono()), () => {
      if (this.#state !== "live" && this.#state !== "replace") return;
      if (this.parts.clock.mono() < this.#deadline) return this.#watch();
      this.#state = "doubted";
      this.parts.log.error({ lease: this.#id }, "the store was out of reach for two thirds of the lease's time");
      this.parts.doubted();
    });
  }
}
