import type { StoredJob } from "../core/job.js";
import type { Log } from "../core/log.js";
import { start } from "../core/start.js";
import type { AmendWrite, Store } from "../store/store.js";
import type { Clock } from "./clock.js";
import { DueTimes } from "./due-times.js";
import type { Fleet, Offer } from "./fleet.js";
import type { KindCache } from "./kind-cache.js";
import type { LeaseKeeper } from "./lease-keeper.js";
import type { Ledger } from "./ledger.js";
import type { Session } from "./session.js";
import type { StoreClock } from "./store-clock.js";
import type { Task } from "./task.js";

export interface DispatcherParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly fleet: Fleet;
  readonly ledger: Ledger;
  readonly kinds: KindCache;
  readonly storeClock: StoreClock;
  readonly lease: () => LeaseKeeper;
  readonly random: () => number;
  readonly pollMs: number;
}

/** Jobs of one claim. */
const MAX_CLAIM = 500;
/** Payloads of one claim, about: what it reads is in memory until it is written. */
const MAX_CLAIM_BYTES = 16 * 1_048_576;
/** Of a job whose size is not known: the first claim is small. */
const GUESSED_BYTES = 160 * 1_024;
/** Kinds without a place in an offer, from which on it is worth to ask which of them have something due. */
const MANY_KINDS = 8;
const BACKOFF_MOST_MS = 50;
const AFTER_FAILURE_MS = 250;
const AFTER_FAILURES_MS = 5_000;

/**
 * Claims what is due for the places that are free, and sends it. One claim at a time: the next goes out while the results of the
 * tasks before it are still being recorded, and no place is offered twice.
 */
export class Dispatcher {
  readonly #due = new DueTimes();
  #running = false;
  #again = false;
  #stopped = true;
  #scheduled = false;
  #wakeAt = Number.POSITIVE_INFINITY;
  #disarm: (() => void) | undefined;
  #disarmPoll: (() => void) | undefined;
  #jobBytes = GUESSED_BYTES;
  #emptyInARow = 0;
  #failedInARow = 0;
  #turns = 0;
  /** By the monotonic clock: no claim before, whatever wakes it. */
  #pausedUntil = 0;
  /** Kinds of which a task has ended since the claim under way began. */
  readonly #slotsFreed = new Set<string>();
  #idle: (() => void)[] = [];

  constructor(private readonly parts: DispatcherParts) {}

  start(): void {
    this.#stopped = false;
    this.poke();
    this.#pollLater();
  }

  /** Claims nothing from here on; resolves once a claim under way was dealt with. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#disarm?.();
    this.#disarmPoll?.();
    if (this.#running) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Jobs of these kinds are due at, or after, this moment. */
  due(kinds: Iterable<string>, at: number): void {
    for (const kind of kinds) this.#due.lower(kind, at);
    if (at <= this.parts.storeClock.dueBy()) this.poke();
    else this.#sleepUntil(at);
  }

  /** Jobs of any kind, or of these, may be due now: what is known of them does not hold. */
  forget(kinds?: Iterable<string>): void {
    this.#due.forget(kinds ?? this.parts.fleet.servedKinds());
    this.poke();
  }

  /** A kind's limit, pause or existence is another. */
  kindsChanged(): void {
    this.#due.freeAll();
    this.forget();
  }

  /** A task of this kind has ended. */
  slotFreed(kind: string): void {
    this.#slotsFreed.add(kind);
    if (!this.#due.freed(kind)) return;
    this.#due.forget([kind]);
    this.poke();
  }

  /** Places were freed, or came. All of one turn of the event loop are offered together. */
  poke(): void {
    if (this.#running) this.#again = true;
    if (this.#stopped || this.#running || this.#scheduled) return;
    const pauseMs = this.#pausedUntil - this.parts.clock.mono();
    if (pauseMs > 0) {
      this.#sleep(pauseMs);
      return;
    }
    this.#scheduled = true;
    this.parts.clock.soon(() => {
      this.#scheduled = false;
      if (!this.#stopped && !this.#running) void this.#run();
    });
  }

  /** Tasks that were claimed and whose stream ended before they were written: to another worker, or back. */
  reroute(tasks: readonly Task[]): void {
    if (this.#stopped || !this.parts.lease().certain) {
      for (const task of tasks) this.parts.ledger.handBack(task, "no stream took the task");
      return;
    }
    this.#send(tasks, undefined);
  }

  async #run(): Promise<void> {
    this.#running = true;
    let pauseMs = 0;
    try {
      do {
        this.#again = false;
        pauseMs = await this.#turn();
      } while (this.#again && pauseMs === 0 && !this.#stopped);
      this.#failedInARow = 0;
    } catch (error) {
      pauseMs = Math.min(AFTER_FAILURE_MS * 2 ** this.#failedInARow++, AFTER_FAILURES_MS);
      this.parts.log.warn({ err: error }, "claiming failed; it is tried again");
    }
    this.#running = false;
    for (const resolve of this.#idle.splice(0)) resolve();
    if (this.#stopped) return;
    this.#pausedUntil = this.parts.clock.mono() + pauseMs;
    if (pauseMs > 0) this.#sleep(pauseMs);
    else this.#sleepUntilDue();
  }

  /** Claims until nothing more is due or no place is free. Answers a pause to make before the next turn, in ms. */
  async #turn(): Promise<number> {
    const { fleet, lease, storeClock, kinds } = this.parts;
    while (!this.#stopped && lease().certain) {
      const now = storeClock.dueBy();
      const limit = Math.max(1, Math.min(MAX_CLAIM, Math.floor(MAX_CLAIM_BYTES / this.#jobBytes)));
      let offer = fleet.offer((kind) => this.#due.at(kind) <= now && kinds.get(kind)?.pause === undefined, limit);
      if (offer.total === 0) return 0;
      if (offer.left.length >= MANY_KINDS) {
        const few = await this.#narrow([...offer.room.keys(), ...offer.left], offer.room.size, now);
        offer = fleet.offer((kind) => few.has(kind) && this.#due.at(kind) <= now, limit);
        if (offer.total === 0) continue;
      }
      const claimed = await this.#claim(offer, now);
      if (claimed > 0) this.#emptyInARow = 0;
      else if (this.#stillDue(offer, now)) {
        // Due, and taken by others: this server comes back a little later, at random.
        this.#emptyInARow++;
        return Math.min(2 ** this.#emptyInARow, BACKOFF_MOST_MS) * (0.5 + this.parts.random());
      }
    }
    return 0;
  }

  /**
   * Of more kinds than there are places, about as many as there are, some of them with something due: halves them by asking when the
   * next of a half is due, so that one place serves a thousand kinds with ten questions, not a thousand claims.
   */
  async #narrow(kinds: readonly string[], places: number, now: number): Promise<Set<string>> {
    // From another kind each time, so that none waits for those before it.
    const from = this.#turns++ % kinds.length;
    let some = [...kinds.slice(from), ...kinds.slice(0, from)];
    while (some.length > places) {
      const half = some.slice(0, Math.ceil(some.length / 2));
      for (const kind of half) this.#due.asked(kind);
      let at: Date | undefined;
      try {
        at = await this.parts.store.nextRun(half);
      } catch (error) {
        this.#due.forget(half);
        throw error;
      }
      this.#next(half, at);
      if (!at || at.getTime() > now) some = some.slice(half.length);
      else if (half.length === some.length) break;
      else some = half;
    }
    return new Set(some);
  }

  async #claim(offer: Offer, now: number): Promise<number> {
    const { store, lease, ledger, kinds } = this.parts;
    const maxRunning = new Map<string, number>();
    for (const kind of offer.room.keys()) {
      const most = kinds.get(kind)?.maxRunning ?? 0;
      if (most > 0) maxRunning.set(kind, most);
      this.#due.asked(kind);
    }
    this.#slotsFreed.clear();
    const under = lease().id;
    let jobs: StoredJob[];
    try {
      jobs = await store.lock({ room: offer.room, maxRunning, lease: under, now: new Date(now), limit: offer.total });
    } catch (error) {
      this.#due.forget(offer.room.keys());
      lease().suspect();
      throw error;
    }
    // Nothing is sent under a lease that has ended meanwhile, or may have.
    if (this.#stopped || lease().id !== under || !lease().certain) {
      for (const job of jobs) ledger.handBackClaim(job, under);
      this.#due.forget(offer.room.keys());
      return jobs.length;
    }
    const got = await this.#begin(jobs, offer, under);
    await this.#learn(offer, got, maxRunning, now);
    return jobs.length;
  }

  /** Decides misfires, and sends what runs. Answers how many jobs of each kind were claimed. */
  async #begin(jobs: readonly StoredJob[], offer: Offer, under: string): Promise<Map<string, number>> {
    const { kinds, ledger, storeClock } = this.parts;
    const got = new Map<string, number>();
    const run: Task[] = [];
    const amend: StoredJob[] = [];
    const now = storeClock.now();
    let bytes = 0;
    for (const job of jobs) {
      got.set(job.kind, (got.get(job.kind) ?? 0) + 1);
      bytes += job.payload.length + 1_024;
      const decided = start(job, kinds.policyOf(job), now);
      if (decided.type === "run" && !decided.keep) run.push(ledger.claimed(job, under));
      else amend.push(job);
    }
    if (jobs.length > 0) {
      const mean = bytes / jobs.length;
      // Up at once, down slowly: a few small jobs say little about the next.
      this.#jobBytes = mean > this.#jobBytes ? mean : this.#jobBytes * 0.5 + mean * 0.5;
    }
    this.#send(run, offer);
    if (amend.length > 0) await this.#amend(amend, offer, under);
    return got;
  }

  /** Writes what `start` found, under the token, before anything is sent. */
  async #amend(jobs: readonly StoredJob[], offer: Offer, under: string): Promise<void> {
    const { store, kinds, ledger, storeClock } = this.parts;
    let left = [...jobs];
    while (left.length > 0) {
      const run: Task[] = [];
      const asked: { job: StoredJob; write: AmendWrite }[] = [];
      for (const job of left) {
        const decided = start(job, kinds.policyOf(job), storeClock.now());
        const head = { slug: job.slug, token: job.lock?.token ?? "", lease: under };
        if (decided.type === "free") asked.push({ job, write: { ...head, free: decided.settled, etag: job.etag } });
        else if (decided.keep) asked.push({ job, write: { ...head, keep: decided.keep } });
        else run.push(ledger.claimed(job, under));
      }
      left = [];
      try {
        const answers = asked.length > 0 ? await store.amend(asked.map(({ write }) => write)) : [];
        for (const [index, { job, write }] of asked.entries()) {
          const answer = answers[index];
          if (answer?.status === "changed") {
            if (answer.job.lock?.token === write.token) left.push(answer.job);
          } else if (answer?.status !== "recorded") {
            // Somebody else's by now, or deleted.
          } else if ("keep" in write) {
            run.push(ledger.claimed({ ...job, ...write.keep }, under));
          } else {
            const due = write.free.type === "put" ? write.free.standing.due : undefined;
            if (due) this.due([job.kind], due.getTime());
            this.slotFreed(job.kind);
          }
        }
      } catch (error) {
        this.parts.log.warn({ err: error, jobs: asked.length }, "missed occurrences could not be recorded");
        for (const { job } of asked)
          ledger.handBack(ledger.claimed(job, under), "its missed occurrences were not recorded");
      }
      const { lease } = this.parts;
      if (lease().id === under && lease().certain) this.#send(run, offer);
      else for (const task of run) ledger.handBack(task, "the server's lease ended before the task was sent");
    }
  }

  #send(tasks: readonly Task[], offer: Offer | undefined): void {
    if (tasks.length === 0) return;
    const { fleet, ledger } = this.parts;
    const routed = new Map<Session, Task[]>();
    const left: Task[] = [];
    for (const [kind, some] of byKind(tasks)) left.push(...fleet.route(some, offer?.shares.get(kind) ?? [], routed));
    for (const [session, some] of routed) session.give(some);
    for (const task of left) ledger.handBack(task, "no worker had a place for it any more");
  }

  /** What the claim says about when to ask next. A kind whose share came back full has more; of the others the store tells. */
  async #learn(offer: Offer, got: Map<string, number>, limits: Map<string, number>, now: number): Promise<void> {
    const { store } = this.parts;
    const plain: string[] = [];
    const limited: string[] = [];
    for (const [kind, room] of offer.room) {
      if ((got.get(kind) ?? 0) >= room) this.#due.lower(kind, now);
      else if (limits.has(kind)) limited.push(kind);
      else plain.push(kind);
    }
    try {
      if (plain.length > 0) this.#next(plain, await store.nextRun(plain));
      for (const kind of limited) {
        const at = await store.nextRun([kind]);
        // Due, and not given: its slots are taken.
        const none = (got.get(kind) ?? 0) === 0 && !this.#slotsFreed.has(kind);
        if (at && at.getTime() <= now && none) this.#due.full(kind);
        this.#next([kind], at);
      }
    } catch (error) {
      this.#due.forget([...plain, ...limited]);
      throw error;
    }
  }

  #next(kinds: readonly string[], at: Date | undefined): void {
    if (at) for (const kind of kinds) this.#due.lower(kind, at.getTime());
  }

  #stillDue(offer: Offer, now: number): boolean {
    for (const kind of offer.room.keys()) if (this.#due.at(kind) <= now) return true;
    return false;
  }

  #sleepUntilDue(): void {
    let first = Number.POSITIVE_INFINITY;
    for (const kind of this.parts.fleet.freeKinds()) {
      if (this.parts.kinds.get(kind)?.pause === undefined) first = Math.min(first, this.#due.at(kind));
    }
    if (first <= this.parts.storeClock.dueBy()) {
      if (this.parts.lease().certain) this.poke();
    } else {
      this.#sleepUntil(first);
    }
  }

  #sleepUntil(at: number): void {
    if (at === Number.POSITIVE_INFINITY) return;
    this.#sleep(this.parts.storeClock.msUntil(at));
  }

  /** The earliest wish counts; a timer that comes too early only looks again. */
  #sleep(ms: number): void {
    if (this.#stopped) return;
    const at = this.parts.clock.mono() + ms;
    if (at >= this.#wakeAt) return;
    this.#disarm?.();
    this.#wakeAt = at;
    this.#disarm = this.parts.clock.after(Math.max(0, Math.ceil(ms)), () => {
      this.#wakeAt = Number.POSITIVE_INFINITY;
      this.#disarm = undefined;
      this.poke();
    });
  }

  #pollLater(): void {
    if (this.#stopped) return;
    this.#disarmPoll = this.parts.clock.after(this.parts.pollMs, () => {
      this.#poll()
        .catch((error) => this.parts.log.warn({ err: error }, "asking for due jobs failed"))
        .finally(() => this.#pollLater());
    });
  }

  /** Covers for notices that were lost. */
  async #poll(): Promise<void> {
    const { fleet, kinds, lease, store } = this.parts;
    this.#due.keep(fleet.servedKinds());
    if (!lease().certain) return;
    this.#due.freeAll();
    const free = [...fleet.freeKinds()].filter((kind) => kinds.get(kind)?.pause === undefined);
    if (free.length === 0) return;
    const at = await store.nextRun(free);
    if (at && !this.#stopped) this.due(free, at.getTime());
  }
}

function byKind(tasks: readonly Task[]): Map<string, Task[]> {
  const kinds = new Map<string, Task[]>();
  for (const task of tasks) {
    const some = kinds.get(task.kind);
    if (some) some.push(task);
    else kinds.set(task.kind, [task]);
  }
  return kinds;
}
