import { type JobState, type StoredJob, stateOf } from "../../core/job.js";
import type { RareState } from "../rare.js";

/** States whose slugs are kept. Of those that run the locks tell; of those that wait only the number is known. */
type Kept = Exclude<RareState, "running">;

/** The jobs of one kind. */
interface OfKind {
  all: number;
  running: number;
  readonly kept: Readonly<Record<Kept, Set<string>>>;
}

/** Jobs by kind and state, so that what is rare is counted and found without a look at what is not. */
export class Tally {
  readonly #kinds = new Map<string, OfKind>();

  /** What a slug had, and what it has now: of every write, so that nothing disagrees with the documents. */
  replace(old: StoredJob | undefined, next: StoredJob | undefined): void {
    const before = old && quickStateOf(old);
    const after = next && quickStateOf(next);
    if (old && next && old.kind === next.kind) {
      // A claim and a release change it; a progress does not.
      if (before === after) return;
      const of = this.#of(next.kind);
      this.#count(of, old.slug, before, -1);
      this.#count(of, next.slug, after, 1);
      return;
    }
    if (next) this.#move(next, after, 1);
    if (old) this.#move(old, before, -1);
  }

  /** In no order. */
  kinds(): Iterable<string> {
    return this.#kinds.keys();
  }

  counts(kind: string): Record<JobState, number> {
    const of = this.#kinds.get(kind) ?? newKind();
    const { retrying, paused, dead, completed } = of.kept;
    const aside = of.running + retrying.size + paused.size + dead.size + completed.size;
    return {
      scheduled: of.all - aside,
      running: of.running,
      retrying: retrying.size,
      paused: paused.size,
      dead: dead.size,
      completed: completed.size,
    };
  }

  slugs(kind: string, state: Kept): ReadonlySet<string> {
    return this.#kinds.get(kind)?.kept[state] ?? NONE;
  }

  #move({ kind, slug }: StoredJob, state: JobState | undefined, by: 1 | -1): void {
    const of = this.#of(kind);
    of.all += by;
    this.#count(of, slug, state, by);
    if (of.all === 0) this.#kinds.delete(kind);
  }

  #count(of: OfKind, slug: string, state: JobState | undefined, by: 1 | -1): void {
    if (state === undefined || state === "scheduled") return;
    if (state === "running") of.running += by;
    else if (by === 1) of.kept[state].add(slug);
    else of.kept[state].delete(slug);
  }

  #of(kind: string): OfKind {
    let of = this.#kinds.get(kind);
    if (!of) {
      of = newKind();
      this.#kinds.set(kind, of);
    }
    return of;
  }
}

/** `stateOf`, asked first for what most jobs have or lack: a field that is absent costs the most to look for. */
function quickStateOf(job: StoredJob): JobState {
  if (job.due) return job.failures > 0 ? "retrying" : "scheduled";
  return job.lock ? "running" : stateOf(job);
}

const NONE: ReadonlySet<string> = new Set();

function newKind(): OfKind {
  const kept = {
    retrying: new Set<string>(),
    paused: new Set<string>(),
    dead: new Set<string>(),
    completed: new Set<string>(),
  };
  return { all: 0, running: 0, kept };
}
