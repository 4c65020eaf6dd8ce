import type { Run } from "../../core/run.js";
import { runMatcher } from "../match.js";
import type { ListRunsRequest, Page, RunPlaces, RunPlacesRequest } from "../store.js";
import { Heap } from "./heap.js";

const EMPTY = new Uint8Array(0);
const LOOK_LIMIT = 10_000;

/** The runs: by token, in the order they were recorded, and by when they expire. */
export class History {
  readonly #byToken = new Map<string, Run>();
  readonly #expiring = new Heap<Run>((one, other) => one.expireAt.getTime() < other.expireAt.getTime());
  /** Those that lists show, oldest first, and their numbers; an expired one stays until the next clean-up. */
  #shown: Run[] = [];
  #seqs: number[] = [];
  #seq = 0;
  #gone = 0;
  /** The newest that no clean-up has left. */
  #cleaned = 0;

  get(token: string): Run | undefined {
    return this.#byToken.get(token);
  }

  /** A token is recorded once: another run of it changes nothing. What it holds is kept as it is: no view on a frame. */
  add(run: Run): void {
    if (this.#byToken.has(run.token)) return;
    this.#byToken.set(run.token, run);
    this.#expiring.push(run);
    if (run.hidden) return;
    this.#shown.push(run);
    this.#seqs.push(++this.#seq);
  }

  /** Of these (slug, call), those for which a run is here of a job that the call created, as `callKey` names them. */
  madeBy(wanted: ReadonlySet<string>): Set<string> {
    const found = new Set<string>();
    if (wanted.size === 0) return found;
    for (const { slug, createId } of this.#byToken.values()) {
      if (createId !== undefined && wanted.has(callKey(slug, createId))) found.add(callKey(slug, createId));
    }
    return found;
  }

  list({ filter, after, limit, results }: ListRunsRequest): Page<Run> {
    const matches = runMatcher(filter);
    const items: Run[] = [];
    const last = after === undefined ? this.#shown.length : this.#position(Number(after));
    for (let i = last - 1; i >= 0; i--) {
      const run = this.#shown[i] as Run;
      if (this.#isHere(run) && matches(run)) items.push(results ? run : { ...run, result: EMPTY });
      if (i > 0 && (items.length === limit || last - i === LOOK_LIMIT)) return { items, next: String(this.#seqs[i]) };
    }
    return { items };
  }

  places({ filter, after, limit }: RunPlacesRequest): RunPlaces {
    const matches = runMatcher(filter);
    const from = after === undefined ? this.#seq : Number(after);
    const items: { place: string; token: string }[] = [];
    let gap = from < this.#cleaned || from > this.#seq;
    const part = (next: number, end: boolean): RunPlaces => {
      const place = String(next);
      return { items, next: place, end, settled: place, gap, unsettledMs: 0 };
    };
    const first = this.#position(from + 1);
    for (let i = first; i < this.#shown.length; i++) {
      const run = this.#shown[i] as Run;
      if (items.length === limit || i - first === LOOK_LIMIT) return part(this.#seqs[i - 1] as number, false);
      if (!this.#isHere(run)) gap = true;
      else if (matches(run)) items.push({ place: String(this.#seqs[i]), token: run.token });
    }
    return part(this.#seq, true);
  }

  at(places: readonly string[], results: boolean): Run[] {
    return places.flatMap((place) => {
      const i = this.#position(Number(place));
      const run = this.#shown[i];
      if (!run || this.#seqs[i] !== Number(place) || !this.#isHere(run)) return [];
      return [results ? run : { ...run, result: EMPTY }];
    });
  }

  /** Removes at most `limit` runs that have expired. True where more are left. */
  expire(now: Date, limit: number): boolean {
    for (let removed = 0; ; removed++) {
      const first = this.#expiring.peek();
      if (!first || first.expireAt > now) break;
      if (removed === limit) return true;
      this.#expiring.pop();
      this.#byToken.delete(first.token);
      if (!first.hidden) this.#gone++;
    }
    if (this.#gone * 2 > this.#shown.length) {
      const shown = this.#shown;
      const last = shown.findLastIndex((run) => !this.#isHere(run));
      this.#cleaned = Math.max(this.#cleaned, this.#seqs[last] ?? 0);
      this.#seqs = this.#seqs.filter((_, i) => this.#isHere(shown[i] as Run));
      this.#shown = shown.filter((run) => this.#isHere(run));
      this.#gone = 0;
    }
    return false;
  }

  #isHere(run: Run): boolean {
    return this.#byToken.get(run.token) === run;
  }

  /** The first position whose number is at least this one. */
  #position(seq: number): number {
    let low = 0;
    let high = this.#seqs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#seqs[middle] as number) < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Slugs hold no NUL. */
export function callKey(slug: string, createId: string): string {
  return `${slug}\0${createId}`;
}
