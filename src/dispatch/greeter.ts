import { badFields, TickwireError } from "../core/errors.js";
import type { StoredJob } from "../core/job.js";
import type { Log } from "../core/log.js";
import type { Store } from "../store/store.js";
import { defineKinds } from "./define-kinds.js";
import type { Fleet } from "./fleet.js";
import type { Hello, Welcome } from "./frames.js";
import type { LeaseKeeper } from "./lease-keeper.js";
import type { Ledger } from "./ledger.js";
import type { DispatchSettings, Kinds } from "./parts.js";
import { isStoreDown } from "./recorder.js";
import type { Session } from "./session.js";
import type { StoreClock } from "./store-clock.js";
import { readJobs } from "./unknown-results.js";

/** The newest revision of the worker protocol that this server speaks, and the oldest. */
export const PROTOCOL_REVISION = 1;
const ADOPT_BATCH = 500;

export interface GreeterParts {
  readonly store: Store;
  readonly log: Log;
  readonly settings: DispatchSettings;
  readonly serverId: string;
  readonly fleet: Fleet;
  readonly ledger: Ledger;
  readonly kinds: Kinds;
  readonly storeClock: StoreClock;
  readonly lease: () => LeaseKeeper;
  readonly draining: () => boolean;
  readonly changed: (session: Session) => void;
}

/**
 * Checks hellos. The streams of one worker process are numbered, and hellos may arrive in any order, at any server: only one
 * newer than every stream that this server and the held tasks' locks have seen takes anything over.
 */
export class Greeter {
  constructor(private readonly parts: GreeterParts) {}

  async greet(session: Session, hello: Hello): Promise<void> {
    const { fleet, draining } = this.parts;
    if (hello.protocolRevision < 1) {
      const description = `must be at least 1; got ${hello.protocolRevision}`;
      throw badFields([{ field: "hello.protocol_revision", description }]);
    }
    if (draining()) throw new TickwireError("DRAINING", "this server stops; say hello to another");
    const instance = fleet.instance(hello.instance);
    if (hello.stream <= instance.stream) throw replaced(hello);
    instance.stream = hello.stream;
    instance.session?.end(replaced(hello));
    instance.session = session;
    // One at a time for each worker: what an older hello is adopting right now must be known before this one is compared with it.
    const before = instance.greeting;
    const mine = (async () => {
      await before;
      if (session.state === "greeting") await this.#check(session, hello);
    })();
    const settled = mine.catch(() => {});
    instance.greeting = settled;
    try {
      await mine;
    } finally {
      if (instance.greeting === settled) instance.greeting = undefined;
    }
  }

  async #check(session: Session, hello: Hello): Promise<void> {
    const { ledger, lease, log, store, kinds, storeClock } = this.parts;
    const tokens = hello.held.map(({ token }) => token);
    await ledger.hold(tokens);
    let under: string | undefined;
    try {
      const conflicting = await defineKinds(store, kinds, hello.define, () => storeClock.now());
      if (!lease().certain) throw storeDown();
      under = lease().id;
      const jobs = await this.#adopt(hello, under);
      const stale = hello.held.filter((_, index) => !jobs[index]);
      const newer = stale.length > 0 && (await this.#isOld(hello, stale));
      // Moved under a lease that is over: whoever is asked next adopts them again.
      if (!lease().certain || lease().id !== under) throw storeDown();
      if (session.state !== "greeting" || newer) {
        this.#keep(session, hello, jobs, under);
        if (newer) throw replaced(hello);
        return;
      }
      this.#welcome(session, hello, jobs, under, conflicting);
    } catch (error) {
      // Its locks may be under this lease by now, and nobody here knows of them: if the worker does not come back they must
      // have no live lease. One that was replaced is told so, and what it moved is known.
      if (hello.held.length > 0 && lease().id === under && !isReplaced(error)) lease().suspect();
      if (isStoreDown(error)) {
        log.warn({ err: error, instance: hello.instance }, "a hello can't be checked against the store");
        throw storeDown(error);
      }
      throw error;
    } finally {
      ledger.unhold(tokens);
    }
  }

  async #adopt({ held, stream }: Hello, under: string): Promise<(StoredJob | undefined)[]> {
    const jobs: (StoredJob | undefined)[] = [];
    for (let start = 0; start < held.length; start += ADOPT_BATCH) {
      const batch = held.slice(start, start + ADOPT_BATCH).map(({ slug, token }) => ({ slug, token }));
      jobs.push(...(await this.parts.store.adopt(batch, under, stream)));
    }
    return jobs;
  }

  /** Whether a lock of a held task has noted an adoption by a newer stream: then this hello came late. */
  async #isOld(hello: Hello, stale: Hello["held"]): Promise<boolean> {
    const jobs = await readJobs(
      this.parts.store,
      stale.map(({ slug }) => slug),
    );
    return stale.some(({ slug, token }) => {
      const lock = jobs.get(slug)?.lock;
      return lock?.token === token && lock.stream !== undefined && lock.stream >= hello.stream;
    });
  }

  /** Adopted for a stream that is not there any more: its worker has the grace to open another. */
  #keep(session: Session, hello: Hello, jobs: readonly (StoredJob | undefined)[], under: string): void {
    for (const [index, job] of jobs.entries()) {
      if (!job) continue;
      const task = this.parts.ledger.adopted(job, under, session, hello.held[index]?.elapsedMs ?? 0);
      session.release(task);
      this.parts.ledger.detach(task);
    }
  }

  #welcome(
    session: Session,
    hello: Hello,
    jobs: readonly (StoredJob | undefined)[],
    under: string,
    conflictingKinds: readonly string[],
  ): void {
    const { ledger, fleet, settings, serverId, storeClock, changed } = this.parts;
    const adopted: Welcome["adopted"][number][] = [];
    const stale: Welcome["stale"][number][] = [];
    for (const [index, { slug, token, elapsedMs }] of hello.held.entries()) {
      const job = jobs[index];
      if (job) ledger.adopted(job, under, session, elapsedMs);
      (job ? adopted : stale).push({ slug, token });
    }
    this.#handBackUnnamed(hello);
    fleet.add(session);
    session.open(hello, {
      workerId: hello.workerId || `worker-${hello.instance.slice(0, 8)}`,
      serverId,
      pingIntervalMs: settings.pingMs,
      reconnectGraceMs: settings.graceMs,
      adopted,
      stale,
      conflictingKinds,
      protocolRevision: Math.min(hello.protocolRevision, PROTOCOL_REVISION),
      serverTime: storeClock.now(),
    });
    for (const { token } of adopted) {
      const task = ledger.get(token);
      if (task?.session === session) ledger.remind(task);
    }
    changed(session);
  }

  /** What this server sent this worker, and the worker does not name, never began. What it named once did: that waits for its grace. */
  #handBackUnnamed(hello: Hello): void {
    const named = new Set(hello.held.map(({ token }) => token));
    const { ledger } = this.parts;
    const unnamed = ledger.awayOf(hello.instance).filter((task) => !task.began && !task.told && !named.has(task.token));
    for (const task of unnamed) ledger.handBack(task, "the worker said that it never began");
  }
}

function replaced({ instance }: Hello): TickwireError {
  return new TickwireError("STREAM_REPLACED", "a newer stream of this worker is there", { instance });
}

function isReplaced(error: unknown): boolean {
  return error instanceof TickwireError && error.reason === "STREAM_REPLACED";
}

function storeDown(cause?: unknown): TickwireError {
  const message = "this server can't reach the store; keep your tasks and try again, or another server";
  return new TickwireError("STORE_DOWN", message, {}, cause === undefined ? {} : { cause });
}
