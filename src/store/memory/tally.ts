import { type JobState, type StoredJob, stateOf } from "../../core/job.js";
import type { RareState } from "../rare.js";

/** What jobs of one kind are, but for those that wait for their first attempt: of these only the number is known. */
interface OfKind {
  all: number;
  readonly aside: Record<RareState, Set<string>>;
}

/** Slugs by kind and state, so that what is rare is found without a look at what is not. */
export class Tally {
  readonly #kinds = new Map<string, OfKind>();

  /** What a slug had, and what it has now. */
  replace(old: StoredJob | undefined, next: StoredJob | undefined): void {
    const before = old && stateOf(old);
    const after = next && stateOf(next);
    // Most writes of a claim and a release change it; those of a progress do not.
    if (before === after && old?.kind === next?.kind) return;
    if (next && after) this.#add(next, after);
    if (old && before) this.#remove(old, before);
  }

  #add({ kind, slug }: StoredJob, state: JobState): void {
    let of = this.#kinds.get(kind);
    if (!of) {
      of = { all: 0, aside: emptySets() };
      this.#kinds.set(kind, of);
    }
    of.all++;
    if (state !== "scheduled") of.aside[state].add(slug);
  }

  #remove({ kind, slug }: StoredJob, state: JobState): void {
    const of = this.#kinds.get(kind);
    if (!of) return;
    if (state !== "scheduled") of.aside[state].delete(slug);
    if (--of.all === 0) this.#kinds.delete(kind);
  }

  /** In no order. */
  kinds(): Iterable<string> {
    return this.#kinds.keys();
  }

  counts(kind: string): Record<JobState, number> {
    const of = this.#kinds.get(kind);
    const counts = { scheduled: of?.all ?? 0, running: 0, retrying: 0, paused: 0, dead: 0, completed: 0 };
    if (!of) return counts;
    for (const state of ASIDE) {
      counts[state] = of.aside[state].size;
      counts.scheduled -= counts[state];
    }
    return counts;
  }

  slugs(kind: string, state: RareState): ReadonlySet<string> {
    return this.#kinds.get(kind)?.aside[state] ?? NONE;
  }
}

const ASIDE: readonly RareState[] = ["running", "retrying", "paused", "dead", "completed"];
const NONE: ReadonlySet<string> = new Set();

function emptySets(): Record<RareState, Set<string>> {
  return { running: new Set(), retrying: new Set(), paused: new Set(), dead: new Set(), completed: new Set() };
}
