import type { CancelNotice } from "../core/edit.js";
import type { Log } from "../core/log.js";
import type { Store } from "../store/store.js";
import type { Clock } from "./clock.js";
import type { LeaseKeeper } from "./lease-keeper.js";
import type { Ledger } from "./ledger.js";
import { Loop } from "./loop.js";

/** A notice for a task that is not known here is kept for so many polls: its claim may be on its way. */
const MAX_SEEN = 10;
/** A lease of before is asked for in so many polls more: a notice names the one that the job had when its caller read it. */
const MAX_FORMER = 10;

/** Reads the notices that callers' writes leave for this server's tasks. They only make haste: the fact is in the job. */
export class CancelReader {
  readonly #loop: Loop;
  readonly #unknown = new Map<string, number>();
  /** Leases that tasks of this server were under, with the polls that are left of each. */
  readonly #former = new Map<string, number>();

  constructor(
    private readonly parts: {
      readonly store: Store;
      readonly clock: Clock;
      readonly log: Log;
      readonly ledger: Ledger;
      readonly lease: () => LeaseKeeper;
      readonly pollMs: number;
    },
  ) {
    this.#loop = new Loop({
      name: "cancels",
      clock: parts.clock,
      log: parts.log,
      // Where no other server's notice comes, a cancellation is still to reach its worker within a poll, its way included.
      everyMs: parts.pollMs / 2,
      turn: async () => {
        await this.#turn();
        return undefined;
      },
    });
  }

  start(): void {
    this.#loop.start();
  }

  wake(): void {
    this.#loop.wake();
  }

  /** This server's tasks are taken from these leases to another. */
  moving(from: readonly string[]): void {
    for (const id of from) this.#former.set(id, MAX_FORMER);
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  async #turn(): Promise<void> {
    const { store, ledger, lease } = this.parts;
    if (!lease().certain || (ledger.size === 0 && this.#unknown.size === 0)) return;
    const notices = [...(await store.cancels(lease().id)), ...(await this.#late())];
    const done: string[] = [];
    const unknown = new Set<string>();
    for (const { token, reason } of notices) {
      const seen = this.#unknown.get(token) ?? 0;
      if (ledger.cancel(token, reason) || seen >= MAX_SEEN) {
        done.push(token);
      } else {
        unknown.add(token);
        this.#unknown.set(token, seen + 1);
      }
    }
    for (const token of this.#unknown.keys()) if (!unknown.has(token)) this.#unknown.delete(token);
    if (done.length > 0) await store.dropCancels(done);
  }

  /** Notices under leases of before. */
  async #late(): Promise<CancelNotice[]> {
    const notices: CancelNotice[] = [];
    for (const [id, left] of this.#former) {
      notices.push(...(await this.parts.store.cancels(id)));
      if (left > 1) this.#former.set(id, left - 1);
      else this.#former.delete(id);
    }
    return notices;
  }
}
