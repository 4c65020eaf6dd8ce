import type { StoredJob } from "../core/job.js";
import type { Log } from "../core/log.js";
import { type Lease, runIdOf, type Store } from "../store/store.js";
import type { Clock } from "./clock.js";
import type { Deadline, Deadlines } from "./deadlines.js";
import type { LeaseKeeper } from "./lease-keeper.js";
import type { Ledger } from "./ledger.js";
import { Loop } from "./loop.js";
import type { DispatchSettings } from "./parts.js";
import type { Recorder } from "./recorder.js";

export interface RecoveryParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: DispatchSettings;
  readonly deadlines: Deadlines;
  readonly lease: () => LeaseKeeper;
  readonly ledger: Ledger;
  readonly recorder: Recorder;
}

const READ_MS = 2_000;
const ORPHANS_MS = 10_000;
const PAGE = 200;

/** A live lease's counter, as watched here. */
interface Watched {
  readonly seq: number;
  /** When it was first seen so, by this process's monotonic clock. */
  readonly since: number;
}

/** A locked job without a live lease; its worker has the grace to come back, at any server. */
interface Orphan {
  readonly lease: string;
  readonly deadline: Deadline;
  /** The grace is over: to be settled as lost when it is read next. */
  ripe: boolean;
}

/**
 * Finds servers that are gone, and ends what they left behind. A loop, not a step: anybody may do each part, all of it is
 * idempotent by token and counter, and a server that is killed in the middle leaves nothing behind.
 *
 * A lease is dead when its counter was seen unchanged for its whole TTL here, on one monotonic clock; no time stamp is ever
 * compared. After an outage of the store everybody's counter stood still: all watching starts anew.
 */
export class Recovery {
  readonly #watched = new Map<string, Watched>();
  readonly #orphans = new Map<string, Orphan>();
  /** Leases whose end was noticed here, so that their orphans are looked for at once and not again and again. */
  readonly #ended = new Set<string>();
  readonly #loop: Loop;
  readonly #everyMs: number;
  #readAt: number | undefined;
  #lookedAt: number | undefined;

  constructor(private readonly parts: RecoveryParts) {
    this.#everyMs = Math.min(READ_MS, parts.settings.leaseTtlMs / 6);
    this.#loop = new Loop({
      name: "recovery",
      clock: parts.clock,
      log: parts.log,
      everyMs: this.#everyMs,
      turn: async () => {
        await this.#turn();
        // Alone there is nothing to watch: an idle server asks half as often.
        return this.#watched.size === 0 && this.#orphans.size === 0 ? 2 * this.#everyMs : undefined;
      },
    });
  }

  start(): void {
    this.#loop.wake();
  }

  async stop(): Promise<void> {
    await this.#loop.stop();
    this.#forgetAll();
  }

  /** The store was out of reach: whatever was being watched or waited for begins anew. */
  outage(): void {
    this.#forgetAll();
    this.#readAt = undefined;
  }

  async #turn(): Promise<void> {
    const { clock, lease, store } = this.parts;
    if (!lease().certain) return;
    const leases = await store.leases();
    const now = clock.mono();
    if (this.#loop.stopped || !lease().certain) return;
    // Longer than a renewal takes, and nothing was read: others may have been unable to renew too.
    const gapMs = this.#readAt === undefined ? 0 : now - this.#readAt;
    if (gapMs > Math.max(this.parts.settings.leaseTtlMs / 3, 3 * this.#everyMs)) this.outage();
    // Shorter, but a part of the graces in which no worker could be adopted: they begin anew.
    else if (gapMs > 2 * this.#everyMs) this.#forgetOrphans();
    this.#readAt = now;
    const news = await this.#watch(leases, now);
    const look = news || this.#lookedAt === undefined || now - this.#lookedAt >= ORPHANS_MS || this.#anyRipe();
    if (!look) return;
    this.#lookedAt = now;
    await this.#lookForOrphans();
  }

  /** True where a lease has ended since the last look. */
  async #watch(leases: readonly Lease[], now: number): Promise<boolean> {
    const { store, log, lease } = this.parts;
    let news = false;
    const live = new Set<string>();
    for (const one of leases) {
      if (one.state !== "live") {
        if (!this.#ended.has(one.id)) news = true;
        this.#ended.add(one.id);
        continue;
      }
      if (one.id === lease().id) continue;
      live.add(one.id);
      const watched = this.#watched.get(one.id);
      if (watched?.seq !== one.seq) this.#watched.set(one.id, { seq: one.seq, since: now });
      else if (now - watched.since >= one.ttlMs && (await store.takeOver(one.id, one.seq))) {
        log.warn({ lease: one.id, gone: one.serverId }, "a server is gone; its lease was taken over");
        this.#ended.add(one.id);
        news = true;
      }
    }
    for (const id of this.#watched.keys()) if (!live.has(id)) this.#watched.delete(id);
    const known = new Set(leases.map(({ id }) => id));
    for (const id of this.#ended) if (!known.has(id)) this.#ended.delete(id);
    return news;
  }

  async #lookForOrphans(): Promise<void> {
    const seen = new Set<string>();
    let after: string | undefined;
    for (;;) {
      const page = await this.parts.store.orphans(after, PAGE);
      if (this.#loop.stopped || !this.parts.lease().certain) return;
      for (const job of page) {
        if (job.lock) seen.add(job.lock.token);
        this.#found(job);
      }
      after = page.at(-1)?.slug;
      if (page.length < PAGE) break;
    }
    for (const [token, orphan] of this.#orphans) {
      if (seen.has(token)) continue;
      this.parts.deadlines.clear(orphan.deadline);
      this.#orphans.delete(token);
    }
  }

  #found(job: StoredJob): void {
    const { settings, deadlines } = this.parts;
    const lock = job.lock;
    if (!lock) return;
    const known = this.#orphans.get(lock.token);
    if (known?.lease === lock.lease) {
      if (known.ripe) this.#lose(job, lock.token, lock.lease);
      return;
    }
    deadlines.clear(known?.deadline);
    const orphan: Orphan = {
      lease: lock.lease,
      ripe: false,
      deadline: deadlines.set(settings.graceMs, () => {
        orphan.ripe = true;
        this.#loop.wake();
      }),
    };
    this.#orphans.set(lock.token, orphan);
  }

  /** Holds only while the lock still has the dead lease, as read: a worker that comes back meanwhile has moved it. */
  #lose(job: StoredJob, token: string, lease: string): void {
    const { ledger, recorder, log } = this.parts;
    this.#orphans.delete(token);
    const error = "its server was gone and its worker did not come back in time";
    recorder.submit({
      job,
      token,
      runId: runIdOf(token),
      lease,
      effect: ledger.effect({ type: "lost", error }, "server", ""),
      bytes: 0,
      ended: (state) => {
        if (state === "recorded") log.warn({ slug: job.slug, lease }, "a task was lost with its server");
      },
      failed: () => {},
    });
  }

  #anyRipe(): boolean {
    for (const orphan of this.#orphans.values()) if (orphan.ripe) return true;
    return false;
  }

  #forgetAll(): void {
    this.#watched.clear();
    this.#forgetOrphans();
  }

  #forgetOrphans(): void {
    for (const orphan of this.#orphans.values()) this.parts.deadlines.clear(orphan.deadline);
    this.#orphans.clear();
    this.#lookedAt = undefined;
  }
}
