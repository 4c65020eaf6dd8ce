import type { StoredJob } from "../core/job.js";
import type { Log } from "../core/log.js";
import type { Store } from "../store/store.js";
import { Alarm } from "./alarm.js";
import type { Clock } from "./clock.js";
import { DueTimes } from "./due-times.js";
import type { Fleet, Offer } from "./fleet.js";
import type { KindCache } from "./kind-cache.js";
import type { LeaseKeeper } from "./lease-keeper.js";
import type { Ledger } from "./ledger.js";
import type { Session } from "./session.js";
import { Starter } from "./starter.js";
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
/** Of a job whose size is not known, the most that it may be: the first claims are small, and each twice the one before. */
const GUESSED_BYTES = 1_048_576;
/** Kinds without a place in an offer, from which on it is worth to ask which of them have something due. */
const MANY_KINDS = 8;
/** Of a job besides its payload, about. */
const JOB_BYTES = 1_024;
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
  readonly #alarm: Alarm;
  readonly #starter: Starter;
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

  constructor(private readonly parts: DispatcherParts) {
    this.#alarm = new Alarm(parts.clock, () => this.poke());
    this.#starter = new Starter(parts);
  }

  start(): void {
    this.#stopped = false;
    this.poke();
    this.#pollLater();
  }

  /** Claims nothing from here on; resolves once a claim under way was dealt with. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#alarm.stop();
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
      this.#alarm.in(pauseMs);
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
    if (pauseMs > 0) this.#alarm.in(pauseMs);
    else this.#sleepUntilDue();
  }

  /** Claims until nothing more is due or no place is free. Answers a pause to make before the next turn, in ms. */
  async #turn(): Promise<number> {
    const { fleet, lease, storeClock, store } = this.parts;
    const next = (some: readonly string[]) => store.nextRun(some);
    while (!this.#stopped && lease().certain) {
      const now = storeClock.dueBy();
      const limit = Math.max(1, Math.min(MAX_CLAIM, Math.floor(MAX_CLAIM_BYTES / this.#jobBytes)));
      const wanted = (kind: string) => this.#due.at(kind) <= now && !this.#isPaused(kind);
      let offer = fleet.offer(wanted, limit);
      if (offer.total === 0) return 0;
      if (offer.left.length >= MANY_KINDS) {
        const few = await this.#due.narrow(
          this.#turned([...offer.room.keys(), ...offer.left]),
          offer.room.size,
          now,
          next,
        );
        offer = fleet.offer((kind) => few.has(kind) && wanted(kind), limit);
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
      // Perhaps because they are larger than those before, and don't come in the time that a store has: fewer, the next time.
      this.#jobBytes = GUESSED_BYTES;
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

  /** Sends what runs of a claim. Answers how many jobs of each kind it had. */
  async #begin(jobs: readonly StoredJob[], offer: Offer, under: string): Promise<Map<string, number>> {
    const got = new Map<string, number>();
    let bytes = 0;
    for (const job of jobs) {
      got.set(job.kind, (got.get(job.kind) ?? 0) + 1);
      bytes += job.payload.length + JOB_BYTES;
    }
    if (jobs.length > 0) {
      const mean = bytes / jobs.length;
      // Up at once, down slowly: a few small jobs say little about the next.
      this.#jobBytes = mean > this.#jobBytes ? mean : (this.#jobBytes + mean) / 2;
    }
    const send = (tasks: readonly Task[]) => this.#send(tasks, offer);
    await this.#starter.begin(jobs, under, send, (kind, due) => {
      if (due) this.due([kind], due.getTime());
      this.slotFreed(kind);
    });
    return got;
  }

  #send(tasks: readonly Task[], offer: Offer | undefined): void {
    if (tasks.length === 0) return;
    const { fleet, ledger } = this.parts;
    const routed = new Map<Session, Task[]>();
    const left: Task[] = [];
    for (const [kind, some] of byKind(tasks)) {
      // Paused while its claim was under way, and answered as such: it is not handed out any more.
      if (this.#isPaused(kind))
        for (const task of some) ledger.handBack(task, "its kind was paused before the task was sent");
      else left.push(...fleet.route(some, offer?.shares.get(kind) ?? [], routed));
    }
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
    const next = (some: readonly string[]) => store.nextRun(some);
    if (plain.length > 0) await this.#due.learn(plain, next);
    for (const kind of limited) {
      const at = await this.#due.learn([kind], next);
      // Due, and not given: its slots are taken.
      const none = (got.get(kind) ?? 0) === 0 && !this.#slotsFreed.has(kind);
      if (at && at.getTime() <= now && none) this.#due.full(kind);
    }
  }

  #isPaused(kind: string): boolean {
    return this.parts.kinds.get(kind)?.pause !== undefined;
  }

  /** From another one each time, so that none always waits for those before it. */
  #turned(kinds: readonly string[]): string[] {
    const from = this.#turns++ % kinds.length;
    return [...kinds.slice(from), ...kinds.slice(0, from)];
  }

  #stillDue(offer: Offer, now: number): boolean {
    for (const kind of offer.room.keys()) if (this.#due.at(kind) <= now) return true;
    return false;
  }

  #sleepUntilDue(): void {
    let first = Number.POSITIVE_INFINITY;
    for (const kind of this.parts.fleet.freeKinds()) {
      if (!this.#isPaused(kind)) first = Math.min(first, this.#due.at(kind));
    }
    if (first <= this.parts.storeClock.dueBy()) {
      if (this.parts.lease().certain) this.poke();
    } else {
      this.#sleepUntil(first);
    }
  }

  #sleepUntil(at: number): void {
    if (at < Number.POSITIVE_INFINITY) this.#alarm.in(this.parts.storeClock.msUntil(at));
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
    const { fleet, lease, store } = this.parts;
    this.#due.keep(fleet.servedKinds());
    if (!lease().certain) return;
    this.#due.freeAll();
    const free = [...fleet.freeKinds()].filter((kind) => !this.#isPaused(kind));
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
