import type { Log } from "../core/log.js";
import type { Store } from "../store/store.js";
import type { Clock } from "./clock.js";
import type { Fleet } from "./fleet.js";
import type { LeaseKeeper } from "./lease-keeper.js";
import { Loop } from "./loop.js";
import type { Session } from "./session.js";

/** Changes of one moment go out together. */
const GATHER_MS = 50;
/** No entry is older, whatever the lease's TTL. */
const EVERY_MS = 5_000;

/** Keeps the store's list of this server's workers: changes soon, all of them every 5 s. */
export class WorkerList {
  readonly #changed = new Set<Session>();
  readonly #gone = new Set<string>();
  readonly #loop: Loop;
  #all = false;
  /** When all of them were put last, by the monotonic clock. */
  #allAt = Number.NEGATIVE_INFINITY;
  #due: (() => void) | undefined;

  constructor(
    private readonly parts: {
      readonly store: Store;
      readonly clock: Clock;
      readonly log: Log;
      readonly fleet: Fleet;
      readonly lease: () => LeaseKeeper;
    },
  ) {
    this.#loop = new Loop({
      name: "worker list",
      clock: parts.clock,
      log: parts.log,
      everyMs: EVERY_MS,
      turn: () => this.#turn(),
    });
  }

  start(): void {
    this.#loop.start();
  }

  changed(session: Session): void {
    this.#changed.add(session);
    this.#soon();
  }

  gone(session: Session): void {
    if (session.instance === "" || this.parts.fleet.isReplaced(session)) return;
    this.#changed.delete(session);
    this.#gone.add(session.instance);
    this.#soon();
  }

  /** Everyone: the lease is a new one. */
  all(): void {
    this.#all = true;
    this.#loop.wake();
  }

  async stop(): Promise<void> {
    this.#due?.();
    await this.#loop.stop();
  }

  #soon(): void {
    this.#due ??= this.parts.clock.after(GATHER_MS, () => {
      this.#due = undefined;
      this.#loop.wake();
    });
  }

  /** Answers how long it is until all are to be put again, in ms. */
  async #turn(): Promise<number | undefined> {
    const { store, clock, fleet, lease } = this.parts;
    if (!lease().certain) return undefined;
    const now = clock.mono();
    const all = this.#all || now - this.#allAt >= EVERY_MS;
    if (all) this.#allAt = now;
    const sessions = all ? [...fleet.sessions()] : [...this.#changed];
    const put = sessions.filter(({ state }) => state === "open").map((session) => session.status());
    const here = new Set(put.map(({ instance }) => instance));
    const gone = [...this.#gone].filter((instance) => !here.has(instance));
    this.#all = false;
    this.#changed.clear();
    this.#gone.clear();
    try {
      if (put.length > 0 || gone.length > 0) await store.putWorkers(lease().id, put, gone);
    } catch (error) {
      for (const instance of gone) this.#gone.add(instance);
      this.#all = true;
      throw error;
    }
    return Math.max(0, this.#allAt + EVERY_MS - clock.mono());
  }
}
