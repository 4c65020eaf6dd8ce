import type { StoredJob } from "../core/job.js";
import type { Log } from "../core/log.js";
import { type Start, start } from "../core/start.js";
import type { AmendResult, AmendWrite, Store } from "../store/store.js";
import type { LeaseKeeper } from "./lease-keeper.js";
import type { Ledger } from "./ledger.js";
import type { Kinds } from "./parts.js";
import type { StoreClock } from "./store-clock.js";
import type { Task } from "./task.js";

export interface StarterParts {
  readonly store: Store;
  readonly log: Log;
  readonly ledger: Ledger;
  readonly kinds: Kinds;
  readonly storeClock: StoreClock;
  readonly lease: () => LeaseKeeper;
}

interface Asked {
  readonly job: StoredJob;
  readonly write: AmendWrite;
}

/** What the misfire policies make of claimed jobs, before any of them is sent. */
export class Starter {
  constructor(private readonly parts: StarterParts) {}

  /**
   * Hands tasks that run to `send`: at once those that run as they are, then those whose missed occurrences are written. `freed`
   * hears of the others.
   */
  async begin(
    jobs: readonly StoredJob[],
    under: string,
    send: (tasks: readonly Task[]) => void,
    freed: (kind: string, due: Date | undefined) => void,
  ): Promise<void> {
    for (let left = jobs; left.length > 0; ) {
      const run: Task[] = [];
      const asked: Asked[] = [];
      const now = this.parts.storeClock.now();
      for (const job of left) {
        const write = this.#writeFor(job, under, now);
        if (write) asked.push({ job, write });
        else run.push(this.parts.ledger.claimed(job, under));
      }
      this.#send(run, under, send);
      left = asked.length > 0 ? await this.#amend(asked, under, send, freed) : [];
    }
  }

  #writeFor(job: StoredJob, under: string, now: Date): AmendWrite | undefined {
    const decided = this.#start(job, now);
    const head = { slug: job.slug, token: job.lock?.token ?? "", lease: under, etag: job.etag };
    if (decided.type === "free") return { ...head, free: decided.settled };
    return decided.keep && { ...head, keep: decided.keep };
  }

  /** A job whose misfires can't be decided runs as it is: what is wrong with its trigger shows when it has ended. */
  #start(job: StoredJob, now: Date): Start {
    try {
      return start(job, this.parts.kinds.policyOf(job), now);
    } catch (error) {
      this.parts.log.error({ err: error, slug: job.slug }, "missed occurrences can't be decided");
      return { type: "run" };
    }
  }

  /** Under the token, before anything is sent. Answers jobs that a caller has written meanwhile: to be looked at again. */
  async #amend(
    asked: readonly Asked[],
    under: string,
    send: (tasks: readonly Task[]) => void,
    freed: (kind: string, due: Date | undefined) => void,
  ): Promise<StoredJob[]> {
    const { store, ledger, log } = this.parts;
    let answers: readonly AmendResult[];
    try {
      answers = await store.amend(asked.map(({ write }) => write));
    } catch (error) {
      log.warn({ err: error, jobs: asked.length }, "missed occurrences could not be recorded");
      for (const { job } of asked)
        ledger.handBack(ledger.claimed(job, under), "its missed occurrences were not recorded");
      return [];
    }
    const run: Task[] = [];
    const again: StoredJob[] = [];
    for (const [index, { job, write }] of asked.entries()) {
      const answer = answers[index];
      if (answer?.status === "changed" && answer.job.lock?.token === write.token) again.push(answer.job);
      if (answer?.status !== "recorded") continue;
      if ("keep" in write) run.push(ledger.claimed({ ...job, ...write.keep }, under));
      else freed(job.kind, write.free.type === "put" ? write.free.standing.due : undefined);
    }
    this.#send(run, under, send);
    return again;
  }

  /** Nothing is sent under a lease that has ended meanwhile, or may have. */
  #send(tasks: readonly Task[], under: string, send: (tasks: readonly Task[]) => void): void {
    const { lease, ledger } = this.parts;
    if (lease().id === under && lease().certain) send(tasks);
    else for (const task of tasks) ledger.handBack(task, "the server's lease ended before the task was sent");
  }
}
