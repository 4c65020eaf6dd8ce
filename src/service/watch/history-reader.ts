import type { Run } from "../../core/run.js";
import type { RunPlaces } from "../../store/store.js";
import type { ServiceParts } from "../parts.js";
import { readPlaces } from "./read-places.js";
import { RecentTokens } from "./recent-tokens.js";

/** From the end of a look at the history to the next, in ms: a run is told well within a second of its record. */
export const LOOK_MS = 500;
/** The same while the store can't be read, at most. */
const LOOK_MOST_MS = 4_000;
/** A look begins where all was settled at least this often, in ms. */
const WHOLE_MS = 5_000;
/** Places of one part of the history. */
const PLACES = 2_000;
/** So many runs are known as told, at most, where the history can't be read for long: some 20 MB. */
const TOLD = 200_000;

/** What a watcher hears, in this order: runs, and then up to where in the history all are told. */
export interface TailListener {
  /** Its runs come with results. */
  readonly full: boolean;
  push(runs: readonly Run[]): void;
  /** Runs may have been missed. */
  gap(): void;
  /** Nothing at or before this place is to come. */
  settled(place: string): void;
}

/**
 * Tells listeners of runs as they are recorded: those of this server when its feed tells them, the others by looking at the
 * history, which holds all. A look reads where runs stand, oldest first, and only those that were not told yet it reads whole.
 *
 * Where the newest part of the history is not settled yet, a look begins shortly before its end, and every 5 s one begins where
 * all was settled: that one finds what came late, and then the place moves on up to which all are told.
 */
export class HistoryReader {
  readonly listeners = new Set<TailListener>();
  readonly #told = new RecentTokens(TOLD);
  readonly #unsubscribe: () => void;
  #settled: string | undefined;
  #next = "";
  #wholeAt = 0;
  #failures = 0;
  #looking: Promise<void> = Promise.resolve();
  #awaited: Promise<void> | undefined;
  #disarm = () => {};
  #closed = false;

  /** `results`: whether runs are to be read with them. */
  constructor(
    private readonly parts: ServiceParts,
    private readonly results: () => boolean,
  ) {
    this.#unsubscribe = parts.dispatch.feed.subscribe((runs) => this.#tell(runs));
  }

  /** Up to where all is told. */
  get place(): string {
    return this.#settled ?? "";
  }

  close(): void {
    this.#closed = true;
    this.#unsubscribe();
    this.#disarm();
  }

  /** A look that begins after this call; of several calls it is one. Rejects where the store can't be read. */
  look(): Promise<void> {
    this.#awaited ??= this.#looking
      .catch(() => {})
      .then(() => {
        this.#awaited = undefined;
        this.#looking = this.#turn();
        return this.#looking;
      });
    return this.#awaited;
  }

  async #turn(): Promise<void> {
    const { clock, log } = this.parts;
    this.#disarm();
    try {
      await (this.#settled === undefined ? this.#begin() : this.#read());
      if (this.#failures > 0) log.info({}, "the history of runs can be read again");
      this.#failures = 0;
    } catch (error) {
      if (this.#failures++ === 0) log.warn({ err: error }, "the history of runs can't be read; watchers wait for it");
      throw error;
    } finally {
      const waitMs = Math.min(LOOK_MS * 2 ** this.#failures, LOOK_MOST_MS);
      if (!this.#closed) this.#disarm = clock.after(waitMs, () => void this.look().catch(() => {}));
    }
  }

  /** What is there already is nobody's to hear of. */
  async #begin(): Promise<void> {
    const { store, clock } = this.parts;
    const began = clock.mono();
    let part = await store.runPlaces({ filter: {}, limit: PLACES });
    for (;;) {
      for (const { token } of part.items) this.#told.add(token, began);
      if (part.end || this.#closed) break;
      part = await store.runPlaces({ filter: {}, limit: PLACES, after: part.next });
    }
    this.#wholeAt = began;
    this.#next = part.next;
    this.#settled = part.settled;
  }

  async #read(): Promise<void> {
    const { store, clock } = this.parts;
    const began = clock.mono();
    const whole = this.#next === this.#settled || began - this.#wholeAt >= WHOLE_MS;
    let after = whole ? this.place : this.#next;
    for (;;) {
      const part = await store.runPlaces({ filter: {}, limit: PLACES, after });
      if (part.gap) for (const listener of this.listeners) listener.gap();
      await this.#tellOf(part);
      if (whole) this.#settle(part.settled);
      after = part.next;
      if (!part.end && !this.#closed) continue;
      this.#next = part.next;
      if (!whole) return;
      this.#wholeAt = began;
      this.#told.forget(began - part.unsettledMs);
      return;
    }
  }

  async #tellOf({ items }: RunPlaces): Promise<void> {
    const fresh = items.filter(({ token }) => !this.#told.has(token));
    for await (const runs of readPlaces(this.parts.store, fresh, this.results())) this.#tell(runs);
  }

  #settle(place: string): void {
    this.#settled = place;
    for (const listener of this.listeners) listener.settled(place);
  }

  /** The feed and a look may bring the same run, in either order. */
  #tell(runs: readonly Run[]): void {
    if (this.#closed) return;
    const now = this.parts.clock.mono();
    const fresh = runs.filter(({ token, hidden }) => !hidden && !this.#told.has(token));
    if (fresh.length === 0) return;
    for (const { token } of fresh) this.#told.add(token, now);
    for (const listener of this.listeners) listener.push(fresh);
  }
}
