import type { Log } from "../core/log.js";
import type { Store } from "../store/store.js";
import type { Clock } from "./clock.js";
import type { Fleet } from "./fleet.js";
import type { LeaseKeeper } from "./lease-keeper.js";
import { Loop } from "./loop.js";
import type { Session } from "./session.js";

/** Changes of one moment go out together. */
const GATHER_MS = 50;

/** Keeps the store's list of this server's workers: changes soon, all of them with each renewal of the lease. */
export class WorkerList {
  readonly #changed = new Set<Session>();
  readonly #gone = new Set<string>();
  readonly #loop: Loop;
  #all = false;
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
      everyMs: 60_000,
      turn: async () => {
        await this.#turn();
        return undefined;
      },
    });
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

  /** Everyone: the lease was renewed, or is a new one. */
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

  async #turn(): Promise<void> {
    const { store, fleet, lease } = this.parts;
    if (!lease().certain) return;
    const sessions = this.#all ? [...fleet.sessions()] : [...this.#changed];
    const put = sessions.filter(({ state }) => state === "open").map((session) => session.status());
    const here = new Set(put.map(({ instance }) => instance));
    const gone = [...this.#gone].filter((instance) => !here.has(instance));
    this.#all = false;
    this.#changed.clear();
    this.#gone.clear();
    if (put.length > 0 || gone.length > 0) await store.putWorkers(lease().id, put, gone);
  }
}
