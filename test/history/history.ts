import type { Event, EventOf, Said } from "./event.js";
import type { Final, FinalJob, FinalRun } from "./final.js";
import { Presence } from "./presence.js";

/** One attempt, from both sides: what its worker saw of it, and what the store says. One of the two may be absent. */
export interface Attempt {
  readonly run: string;
  readonly slug: string;
  readonly begun: EventOf<"begun"> | undefined;
  /** How often it began: more than once is one token in two hands. */
  readonly times: number;
  readonly ended: (EventOf<"ended"> & { readonly said: Said }) | undefined;
  readonly receipt: EventOf<"receipt"> | undefined;
  readonly stored: FinalRun | undefined;
}

export interface HistoryOptions {
  /** How long a worker may be gone before its tasks are given up, in ms. */
  readonly graceMs: number;
  /** What a reading of the store's clock may be off by, in ms: servers reckon it, and record by it. Default 5. */
  readonly clockErrorMs?: number | undefined;
  /** A job that is due for longer than this at the end, in ms, does not run. Default 5,000. */
  readonly lateMs?: number | undefined;
}

/** Events and the store's end, joined by run and by slug. */
export class History {
  readonly attempts: readonly Attempt[];
  /** In the order of their fences; those that no worker began are left out. */
  readonly bySlug = new Map<string, Attempt[]>();
  readonly jobs: ReadonlyMap<string, FinalJob>;
  readonly presence: Presence;
  readonly graceMs: number;
  readonly clockErrorMs: number;
  readonly lateMs: number;

  constructor(
    readonly events: readonly Event[],
    readonly final: Final,
    options: HistoryOptions,
  ) {
    this.graceMs = options.graceMs;
    this.clockErrorMs = options.clockErrorMs ?? 5;
    this.lateMs = options.lateMs ?? 5_000;
    this.jobs = new Map(final.jobs.map((job) => [job.slug, job]));
    this.presence = new Presence(events);
    this.attempts = joined(events, final);
    for (const attempt of this.attempts) {
      if (!attempt.begun) continue;
      const of = this.bySlug.get(attempt.slug);
      if (of) of.push(attempt);
      else this.bySlug.set(attempt.slug, [attempt]);
    }
    for (const of of this.bySlug.values()) of.sort((a, b) => fenceOf(a) - fenceOf(b));
  }

  *of<T extends Event["type"]>(type: T): Iterable<EventOf<T>> {
    for (const event of this.events) if (event.type === type) yield event as EventOf<T>;
  }
}

function joined(events: readonly Event[], final: Final): Attempt[] {
  const stored = new Map(final.runs.map((run) => [run.run, run]));
  const begun = new Map<string, EventOf<"begun">>();
  const times = new Map<string, number>();
  const ended = new Map<string, EventOf<"ended">>();
  const receipts = new Map<string, EventOf<"receipt">>();
  for (const event of events) {
    if (event.type === "begun") {
      begun.set(event.run, event);
      times.set(event.run, (times.get(event.run) ?? 0) + 1);
    } else if (event.type === "ended") ended.set(event.run, event);
    else if (event.type === "receipt") receipts.set(event.run, event);
  }
  const runs = new Set([...begun.keys(), ...stored.keys()]);
  return [...runs].map((run) => ({
    run,
    slug: begun.get(run)?.slug ?? stored.get(run)?.slug ?? "",
    begun: begun.get(run),
    times: times.get(run) ?? 0,
    ended: ended.get(run),
    receipt: receipts.get(run),
    stored: stored.get(run),
  }));
}

function fenceOf({ begun }: Attempt): number {
  return begun?.fence ?? 0;
}
