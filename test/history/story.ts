import type { Event, Fact, Said } from "./event.js";
import type { Final, FinalJob, FinalRun } from "./final.js";

interface AttemptFacts {
  readonly slug: string;
  readonly run: string;
  readonly worker: string;
  readonly from: number;
  readonly to: number;
  readonly fence: number;
  readonly said?: Said | undefined;
  readonly state?: FinalRun["state"];
  readonly attempt?: number;
  readonly occurrence?: number;
}

const NO_COUNTS = { succeeded: 0, failed: 0, lost: 0, cancelled: 0, released: 0, snoozed: 0 };

/** A history by hand, with one clock for all: what happens, and what the store then holds. */
export class Story {
  readonly events: Event[] = [];
  readonly runs: FinalRun[] = [];
  readonly jobs: FinalJob[] = [];
  orphans: string[] = [];
  wall = 100_000;

  tell(by: string, at: number, fact: Fact): this {
    this.events.push({ at, wall: at, by, ...fact });
    this.events.sort((a, b) => a.at - b.at);
    return this;
  }

  /** An attempt as both sides should see it; `said` undefined: its worker never ended it. */
  attempt({
    slug,
    run,
    worker,
    from,
    to,
    fence,
    said,
    state = "succeeded",
    attempt = 1,
    occurrence = 0,
  }: AttemptFacts) {
    const name = `${slug}@${occurrence}`;
    this.tell(worker, from, {
      type: "begun",
      slug,
      occurrence: name,
      run,
      attempt,
      fence,
      scheduledAt: occurrence,
      timeoutMs: 2_000,
    });
    if (said) this.tell(worker, to, { type: "ended", run, said });
    this.runs.push({
      run,
      slug,
      occurrence: name,
      state,
      dueAt: occurrence,
      startedAt: from - 1,
      endedAt: said ? to + 1 : to,
      result: state === "succeeded" ? run : "",
    });
    return this;
  }

  job(job: Partial<FinalJob> & { readonly slug: string }): this {
    const counts = { ...NO_COUNTS, ...job.counts };
    this.jobs.push({ kind: "work", state: "scheduled", lastResult: "", ...job, counts });
    return this;
  }

  /** Changes the stored run of this id. */
  alter(run: string, change: Partial<FinalRun>): this {
    const index = this.runs.findIndex((one) => one.run === run);
    const found = this.runs[index];
    if (!found) throw new Error(`no run ${run}`);
    this.runs[index] = { ...found, ...change };
    return this;
  }

  final(): Final {
    const { wall, runs, jobs, orphans } = this;
    return { wall, runs, jobs, orphans };
  }
}
