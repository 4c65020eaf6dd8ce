import { TickwireError } from "../core/errors.js";
import type { WorkerStatus } from "../core/worker.js";
import { CancelReader } from "./cancel-reader.js";
import { Deadlines } from "./deadlines.js";
import { Dispatcher } from "./dispatcher.js";
import { Fleet } from "./fleet.js";
import type { Link, LinkEvents } from "./frames.js";
import { Greeter } from "./greeter.js";
import { KindCache } from "./kind-cache.js";
import { LeaseKeeper } from "./lease-keeper.js";
import { Ledger } from "./ledger.js";
import { Loop } from "./loop.js";
import type { DispatchParts, Kinds, RunFeed, WakeReason } from "./parts.js";
import type { Dispatch } from "./port.js";
import { ProgressWriter } from "./progress-writer.js";
import { Recorder } from "./recorder.js";
import { Recovery } from "./recovery.js";
import { createRunFeed } from "./run-feed.js";
import { Session } from "./session.js";
import type { SessionParts } from "./session-parts.js";
import { StoreClock } from "./store-clock.js";
import { UnknownResults } from "./unknown-results.js";
import { WakeReader } from "./wake-reader.js";
import { WorkerList } from "./worker-list.js";

const MEASURE_MS = 30_000;
const SWEEP_MS = 60_000;
/** Between steps of one sweep, so that other work comes in between. */
const SWEEP_STEP_MS = 50;
/** Of the grace that other servers' recovery gives a worker: it must be back well before. */
const RECONNECT_PART = 10;
/** What an orderly end may take beyond its grace: until the last receipts, and until the lease is marked as left. */
const LAST_MS = 2_000;

/** The server's side of all workers, on one store. Nothing happens before `start`. */
export function createDispatch(parts: DispatchParts): Dispatch {
  return new ServerDispatch(parts);
}

/** Puts the parts together, and owns the order in which they begin and end. */
class ServerDispatch implements Dispatch {
  readonly serverId: string;
  readonly kinds: Kinds;
  readonly feed: RunFeed;
  readonly #kinds: KindCache;
  readonly #storeClock: StoreClock;
  readonly #deadlines: Deadlines;
  readonly #recorder: Recorder;
  readonly #ledger: Ledger;
  readonly #fleet = new Fleet();
  readonly #lease: LeaseKeeper;
  readonly #dispatcher: Dispatcher;
  readonly #greeter: Greeter;
  readonly #unknown: UnknownResults;
  readonly #progress: ProgressWriter;
  readonly #recovery: Recovery;
  readonly #cancels: CancelReader;
  readonly #workers: WorkerList;
  readonly #wakes: WakeReader;
  readonly #loops: readonly Loop[];
  readonly #sessionParts: SessionParts;
  /** Streams that are open, also before their hello. */
  readonly #streams = new Set<Session>();
  readonly #healthListeners = new Set<(healthy: boolean) => void>();
  #state: "new" | "running" | "draining" | "over" = "new";
  #wasHealthy = false;
  #drained: Promise<void> | undefined;

  constructor(private readonly parts: DispatchParts) {
    const { store, clock, log, settings, serverId, version, random } = parts;
    const lease = () => this.#lease;
    const base = { store, clock, log, settings, serverId, random, lease };
    this.serverId = serverId;
    this.feed = createRunFeed(log);
    this.#kinds = new KindCache(store, settings.defaultPolicy, () => this.#dispatcher.kindsChanged());
    this.kinds = this.#kinds;
    this.#storeClock = new StoreClock(store, clock);
    this.#deadlines = new Deadlines(clock, settings.pingMs, (error) =>
      log.error({ err: error }, "a deadline's work failed"),
    );
    const timed = { ...base, kinds: this.#kinds, storeClock: this.#storeClock, deadlines: this.#deadlines };
    this.#recorder = new Recorder({ ...timed, feed: this.feed, wrote: (dues) => this.#wrote(dues) });
    this.#ledger = new Ledger({ ...timed, recorder: this.#recorder });
    const shared = { ...timed, recorder: this.#recorder, ledger: this.#ledger, fleet: this.#fleet };
    this.#lease = new LeaseKeeper({
      ...base,
      ttlMs: settings.leaseTtlMs,
      version,
      deadlines: this.#deadlines,
      rehome: (from, to) => {
        this.#cancels.moving(from);
        return this.#ledger.rehome(from, to);
      },
      doubted: () => this.#doubted(),
      healed: () => this.#healed(),
    });
    this.#dispatcher = new Dispatcher({ ...shared, pollMs: settings.pollMs });
    this.#workers = new WorkerList(shared);
    this.#greeter = new Greeter({
      ...shared,
      draining: () => this.#state !== "running",
      changed: (session) => this.#workers.changed(session),
    });
    this.#unknown = new UnknownResults(shared);
    this.#progress = new ProgressWriter({ ...shared, moved: (task, under) => this.#ledger.moved(task, under) });
    this.#recovery = new Recovery(shared);
    this.#cancels = new CancelReader({ ...shared, pollMs: settings.pollMs });
    this.#wakes = new WakeReader({ ...base, wake: (reason, kindsChanged) => this.#noticed(reason, kindsChanged) });
    this.#loops = this.#slowLoops();
    this.#sessionParts = {
      ...shared,
      greet: (session, hello) => this.#greeter.greet(session, hello),
      waitingBytes: () => this.#recorder.bytes + this.#unknown.bytes,
      progress: (task, report) => this.#progress.report(task, report),
      lookUp: (session, results) => this.#unknown.lookUp(session, results),
      certain: () => this.#lease.certain,
      freed: () => this.#dispatcher.poke(),
      changed: (session) => this.#workers.changed(session),
      gone: (session, unsent) => {
        if (session.state === "ended") {
          this.#streams.delete(session);
          this.#fleet.remove(session);
          this.#workers.gone(session);
        }
        if (unsent.length > 0) this.#dispatcher.reroute(unsent);
      },
    };
  }

  async start(): Promise<void> {
    if (this.#state !== "new") throw new Error("a dispatch is started once");
    await this.#storeClock.measure();
    await this.#kinds.refresh();
    await this.#lease.open();
    if ((this.#state as string) !== "new") return;
    this.#state = "running";
    for (const loop of this.#loops) loop.start();
    this.#wakes.start();
    this.#cancels.start();
    this.#recovery.start();
    this.#workers.start();
    this.#dispatcher.start();
    this.#health();
  }

  connect(link: Link): LinkEvents {
    const session = new Session(this.#sessionParts, link);
    this.#streams.add(session);
    return session;
  }

  wake({ due, cancels }: WakeReason): void {
    if (this.#state !== "running") return;
    if (due) this.#dispatcher.due(due.kinds, due.at.getTime());
    if (cancels) this.#cancels.wake();
  }

  now(): Date {
    return this.#storeClock.now();
  }

  workers(): WorkerStatus[] {
    return this.#fleet.statuses();
  }

  holderOf(token: string): WorkerStatus | undefined {
    return this.#ledger.get(token)?.session?.status();
  }

  healthy(): boolean {
    return this.#state === "running" && !this.#lease.inDoubt;
  }

  onHealth(call: (healthy: boolean) => void): () => void {
    const own = (healthy: boolean) => call(healthy);
    this.#healthListeners.add(own);
    return () => this.#healthListeners.delete(own);
  }

  drain(graceMs: number): Promise<void> {
    this.#drained ??= this.#drain(graceMs);
    return this.#drained;
  }

  abort(): void {
    if (this.#state === "over") return;
    this.#state = "over";
    this.#lease.abandon();
    this.#recorder.stop();
    this.#halt();
    for (const session of [...this.#streams]) session.end(new TickwireError("DRAINING", "this server has stopped"));
    this.#ledger.stop();
    this.#deadlines.stop();
    this.#health();
  }

  async #drain(graceMs: number): Promise<void> {
    const { log, settings, clock } = this.parts;
    if (this.#state !== "running") return this.abort();
    this.#state = "draining";
    this.#health();
    const reconnectMs = Math.min(settings.graceMs, graceMs) / RECONNECT_PART;
    for (const session of this.#fleet.sessions()) session.notifyDrain(graceMs, reconnectMs);
    const claimed = this.#dispatcher.stop();
    for (const session of [...this.#streams]) {
      if (session.state === "open") session.stopTaking();
      else session.end(new TickwireError("DRAINING", "this server stops; say hello to another"));
    }
    const end = clock.mono() + graceMs;
    await this.#within(end + LAST_MS, claimed);
    log.info({ tasks: this.#ledger.size, graceMs }, "draining: waiting for the tasks that are out");
    await this.#within(end, this.#allBack());
    await this.#within(end + LAST_MS, this.#recorder.idle());
    if ((this.#state as string) === "over") return;
    const left = this.#ledger.size;
    this.#state = "over";
    this.#halt();
    await this.#within(clock.mono() + LAST_MS, this.#lease.close());
    for (const session of [...this.#streams]) session.end();
    this.#recorder.stop();
    this.#ledger.stop();
    this.#deadlines.stop();
    log.info({ tasks: left }, "drained; the tasks that are still out go along with their workers");
  }

  /** Resolves once no connected worker has a task. */
  #allBack(): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (
          this.#state === "over" ||
          (![...this.#fleet.sessions()].some(({ running }) => running > 0) && !this.#recorder.busy)
        ) {
          return resolve();
        }
        this.parts.clock.after(10, look);
      };
      look();
    });
  }

  /** Waits for it, but not beyond this moment of the monotonic clock. Never rejects. */
  #within(end: number, what: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const disarm = this.parts.clock.after(Math.max(0, end - this.parts.clock.mono()), resolve);
      what
        .catch((error) => this.parts.log.warn({ err: error }, "a step of the shutdown failed"))
        .finally(() => {
          disarm();
          resolve();
        });
    });
  }

  /** Ends every loop, without waiting for turns that the store holds up. */
  #halt(): void {
    const { log } = this.parts;
    const ends = [
      this.#dispatcher,
      this.#wakes,
      this.#cancels,
      this.#recovery,
      this.#progress,
      this.#unknown,
      this.#workers,
    ];
    for (const one of [...ends, ...this.#loops]) {
      one.stop().catch((error: unknown) => log.warn({ err: error }, "stopping failed"));
    }
  }

  #slowLoops(): Loop[] {
    const { clock, log, settings, store } = this.parts;
    const loop = (name: string, everyMs: number, turn: () => Promise<number | undefined>) =>
      new Loop({ name, clock, log, everyMs, turn });
    return [
      loop("kinds", settings.pollMs, async () => {
        await this.#kinds.refresh();
        return undefined;
      }),
      loop("store clock", MEASURE_MS, async () => {
        await this.#storeClock.measure();
        return undefined;
      }),
      loop("sweep", SWEEP_MS, async () => ((await store.sweep()) ? SWEEP_STEP_MS : undefined)),
    ];
  }

  /** Another server, or a caller of one, has written something. */
  #noticed(reason: WakeReason & { readonly any?: boolean }, kindsChanged: boolean): void {
    if (kindsChanged) {
      this.#kinds.refresh().catch((error) => this.parts.log.warn({ err: error }, "reading the kinds failed"));
    }
    if (reason.any) this.#dispatcher.forget();
    this.wake(reason);
  }

  #wrote(dues: ReadonlyMap<string, Date | undefined>): void {
    if (this.#state !== "running") return;
    for (const [kind, at] of dues) {
      if (at) this.#dispatcher.due([kind], at.getTime());
      this.#dispatcher.slotFreed(kind);
    }
  }

  /** The store can't be reached: workers carry their tasks to a server that can. */
  #doubted(): void {
    this.#ledger.suspend();
    const error = new TickwireError("STORE_DOWN", "this server can't reach the store; carry your tasks to another");
    for (const session of [...this.#streams]) {
      session.notifyDrain(0, 0);
      session.end(error);
    }
    this.#recovery.outage();
    this.#health();
  }

  #healed(): void {
    this.#ledger.resume();
    this.#workers.all();
    this.#dispatcher.forget();
    this.#health();
  }

  #health(): void {
    const healthy = this.healthy();
    if (healthy === this.#wasHealthy) return;
    this.#wasHealthy = healthy;
    for (const call of this.#healthListeners) {
      try {
        call(healthy);
      } catch (error) {
        this.parts.log.error({ err: error }, "a listener of the server's health failed");
      }
    }
  }
}
