import type { WorkerStatus } from "../core/worker.js";
import type { Session } from "./session.js";
import type { Task } from "./task.js";

/** One worker process, as far as this server has seen it. */
export interface Instance {
  /** The newest stream that it opened here. */
  stream: number;
  session: Session | undefined;
  /** Its newest hello that is being checked: the next one waits for it. */
  greeting: Promise<void> | undefined;
}

/** Places that one claim offers: of each session so many to each kind. A place is in it once. */
export interface Offer {
  readonly room: ReadonlyMap<string, number>;
  readonly total: number;
  readonly shares: ReadonlyMap<string, Share[]>;
  /** Kinds that are wanted and served, and that no place was left for. */
  readonly left: readonly string[];
}

export interface Share {
  readonly session: Session;
  places: number;
}

/** Stream numbers of processes that are gone are kept for so many: a late hello of theirs is still known as old. */
const MAX_INSTANCES = 20_000;

/** All workers that are connected here: which places they have, and who gets the next task. */
export class Fleet {
  readonly #instances = new Map<string, Instance>();
  readonly #sessions = new Set<Session>();

  /** Of an instance that was never seen, a new one. */
  instance(id: string): Instance {
    const known = this.#instances.get(id);
    // To the end: the ones not heard of for the longest time are dropped first.
    this.#instances.delete(id);
    const instance = known ?? { stream: 0, session: undefined, greeting: undefined };
    this.#instances.set(id, instance);
    if (this.#instances.size > MAX_INSTANCES) this.#prune();
    return instance;
  }

  add(session: Session): void {
    this.#sessions.add(session);
  }

  remove(session: Session): void {
    this.#sessions.delete(session);
    const instance = this.#instances.get(session.instance);
    if (instance?.session === session) instance.session = undefined;
  }

  sessions(): IterableIterator<Session> {
    return this.#sessions.values();
  }

  /** A newer stream of the same worker is here. */
  isReplaced(session: Session): boolean {
    const newest = this.#instances.get(session.instance)?.session;
    return newest !== undefined && newest !== session;
  }

  statuses(): WorkerStatus[] {
    return [...this.#sessions].map((session) => session.status());
  }

  /** Kinds that some worker serves and could take a task of now. */
  freeKinds(): Set<string> {
    const kinds = new Set<string>();
    for (const session of this.#sessions) {
      if (session.places === 0) continue;
      for (const kind of session.capacity.kinds.keys()) if (!kinds.has(kind) && session.free(kind) > 0) kinds.add(kind);
    }
    return kinds;
  }

  /** Kinds that some worker here serves, full or not. */
  servedKinds(): Set<string> {
    const kinds = new Set<string>();
    for (const session of this.#sessions) for (const kind of session.capacity.kinds.keys()) kinds.add(kind);
    return kinds;
  }

  /** Whether any task could be taken: cheaper than an offer. */
  hasPlaces(): boolean {
    for (const session of this.#sessions) if (session.places > 0) return true;
    return false;
  }

  /**
   * Offers up to `limit` free places, the emptiest sessions' first, one of each session in turn; each to one of the wanted kinds
   * that its session serves, in turn too.
   */
  offer(wanted: (kind: string) => boolean, limit: number): Offer {
    const room = new Map<string, number>();
    const shares = new Map<string, Share[]>();
    let total = 0;
    const served = new Map<string, boolean>();
    let open = this.#openings(wanted, served);
    while (open.length > 0 && total < limit) {
      const still: Opening[] = [];
      // Together they get what is left, each at most an equal part of it, so that a round does many places at once.
      const each = Math.max(1, Math.floor((limit - total) / open.length));
      for (const opening of open) {
        if (total >= limit) break;
        const given = opening.give(Math.min(each, limit - total), room, shares);
        total += given;
        if (given > 0 && opening.places > 0) still.push(opening);
      }
      open = still;
    }
    const left: string[] = [];
    for (const [kind, want] of served) if (want && !room.has(kind)) left.push(kind);
    return { room, total, shares, left };
  }

  /** `known` gets the answer of `wanted` for each kind that a place could go to. */
  #openings(wanted: (kind: string) => boolean, known: Map<string, boolean>): Opening[] {
    const openings: Opening[] = [];
    for (const session of this.#sessions) {
      const { places } = session;
      if (places === 0) continue;
      const kinds: { kind: string; free: number }[] = [];
      for (const kind of session.capacity.kinds.keys()) {
        let want = known.get(kind);
        if (want === undefined) {
          want = wanted(kind);
          known.set(kind, want);
        }
        const free = want ? session.free(kind) : 0;
        if (free > 0) kinds.push({ kind, free });
      }
      if (kinds.length > 0) openings.push(new Opening(session, places, kinds));
    }
    return openings.length > 1 ? openings.sort((a, b) => a.session.load - b.session.load) : openings;
  }

  /**
   * Gives each of these tasks of one kind a place: of the sessions that the offer named for it, the emptiest. Where one of those
   * is gone or has fewer places by now, any other that has one. Returns what nobody can take.
   */
  route(tasks: readonly Task[], shares: readonly Share[], routed: Map<Session, Task[]>): Task[] {
    const left: Task[] = [];
    for (const task of tasks) {
      const share = emptiest(shares, task.kind);
      if (share) share.places--;
      const session = share?.session ?? this.#emptiest(task.kind);
      if (!session) {
        left.push(task);
        continue;
      }
      session.hold(task);
      const given = routed.get(session);
      if (given) given.push(task);
      else routed.set(session, [task]);
    }
    return left;
  }

  #emptiest(kind: string): Session | undefined {
    let best: Session | undefined;
    for (const session of this.#sessions) {
      if (session.free(kind) > 0 && (!best || session.load < best.load)) best = session;
    }
    return best;
  }

  #prune(): void {
    for (const [id, instance] of this.#instances) {
      if (instance.session || instance.greeting) continue;
      this.#instances.delete(id);
      return;
    }
  }
}

/** Among those with a place left in this offer. */
function emptiest(shares: readonly Share[], kind: string): Share | undefined {
  let best: Share | undefined;
  for (const share of shares) {
    if (share.places <= 0 || share.session.free(kind) <= 0) continue;
    if (shares.length === 1) return share;
    if (!best || share.session.load < best.session.load) best = share;
  }
  return best;
}

/** What one session has to offer. */
class Opening {
  constructor(
    readonly session: Session,
    public places: number,
    private kinds: { readonly kind: string; free: number }[],
  ) {}

  /** Places to its kinds in turn, going on where the last offer ended. */
  give(most: number, room: Map<string, number>, shares: Map<string, Share[]>): number {
    const { session } = this;
    const count = this.kinds.length;
    const grants = new Array<number>(count).fill(0);
    let left = Math.min(most, this.places);
    let open = count;
    let at = session.turn % count;
    while (left > 0 && open > 0) {
      // All open kinds at once where there is enough for each; else one by one, from where the turn stands.
      const each = Math.max(1, Math.floor(left / open));
      open = 0;
      for (let step = 0; step < count && left > 0; step++) {
        const index = (at + step) % count;
        const one = this.kinds[index] as { kind: string; free: number };
        const grant = Math.min(each, one.free, left);
        if (grant <= 0) continue;
        one.free -= grant;
        left -= grant;
        grants[index] = (grants[index] ?? 0) + grant;
        session.turn = index + 1;
        if (one.free > 0) open++;
      }
      at = session.turn % count;
    }
    let given = 0;
    for (let index = 0; index < count; index++) {
      const grant = grants[index] ?? 0;
      if (grant === 0) continue;
      const kind = (this.kinds[index] as { kind: string }).kind;
      given += grant;
      room.set(kind, (room.get(kind) ?? 0) + grant);
      const list = shares.get(kind);
      const mine = list?.find((share) => share.session === session);
      if (mine) mine.places += grant;
      else if (list) list.push({ session, places: grant });
      else shares.set(kind, [{ session, places: grant }]);
    }
    this.places -= given;
    return given;
  }
}
