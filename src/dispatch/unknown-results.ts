import type { StoredJob } from "../core/job.js";
import type { Log } from "../core/log.js";
import { type ReleaseWrite, runIdOf, type Store } from "../store/store.js";
import { bytesOf, readAnswer } from "./answer.js";
import type { Clock } from "./clock.js";
import type { WorkerResult } from "./frames.js";
import type { Ledger } from "./ledger.js";
import { Loop } from "./loop.js";
import type { Recorder } from "./recorder.js";
import type { Session } from "./session.js";

const MAX_BATCH = 200;

interface Entry {
  readonly session: Session;
  readonly result: WorkerResult;
  readonly bytes: number;
}

/**
 * Results for tokens that their session neither sent nor adopted: most come a second time, because their receipt was lost with a
 * stream. Each is looked up. Where a lock has the token the result counts, whichever server sent the task: only its holder knows
 * it. Else nothing is written, and the receipt says whether it was this worker's word that was stored.
 */
export class UnknownResults {
  readonly #queue: Entry[] = [];
  #bytes = 0;
  readonly #loop: Loop;

  constructor(
    private readonly parts: {
      readonly store: Store;
      readonly clock: Clock;
      readonly log: Log;
      readonly ledger: Ledger;
      readonly recorder: Recorder;
    },
  ) {
    this.#loop = new Loop({
      name: "unknown results",
      clock: parts.clock,
      log: parts.log,
      everyMs: 250,
      turn: () => this.#turn(),
    });
  }

  /** Memory that waits for the store. */
  get bytes(): number {
    return this.#bytes;
  }

  lookUp(session: Session, results: readonly WorkerResult[]): void {
    for (const result of results) {
      const bytes = bytesOf(result.outcome);
      this.#bytes += bytes;
      this.#queue.push({ session, result, bytes });
    }
    this.#loop.wake();
  }

  async stop(): Promise<void> {
    await this.#loop.stop();
    this.#queue.length = 0;
  }

  async #turn(): Promise<number> {
    while (this.#queue.length > 0 && !this.#loop.stopped) {
      const batch = this.#queue.slice(0, MAX_BATCH);
      // A worker whose stream is gone offers its results again.
      const wanted = batch.filter(({ session }) => session.state === "open");
      if (wanted.length > 0) await this.#settle(wanted);
      this.#queue.splice(0, batch.length);
      for (const { bytes } of batch) this.#bytes -= bytes;
    }
    return 60_000;
  }

  async #settle(batch: readonly Entry[]): Promise<void> {
    const jobs = await readJobs(
      this.parts.store,
      batch.map(({ result }) => result.slug),
    );
    const past: Entry[] = [];
    for (const entry of batch) {
      const { session, result } = entry;
      const job = jobs.get(result.slug);
      if (job?.lock?.token === result.token) {
        // Whole this time: what is settled is written back whole.
        const whole = await this.parts.store.get(result.slug);
        if (whole?.lock?.token === result.token) this.#record(session, result, whole);
        else past.push(entry);
      } else if (job?.last?.token === result.token) {
        session.receipt(result.token, job.last.by === "worker" ? "recorded" : "stale", "");
      } else {
        past.push(entry);
      }
    }
    if (past.length === 0) return;
    const answers = await this.parts.store.release(past.map(({ result }) => this.#question(result)));
    for (const [index, { session, result }] of past.entries()) {
      session.receipt(result.token, answers[index]?.status === "recorded" ? "recorded" : "stale", "");
    }
  }

  #record(session: Session, result: WorkerResult, job: StoredJob): void {
    const { ledger, recorder } = this.parts;
    const { outcome, rejected } = readAnswer(undefined, result);
    recorder.submit({
      job,
      token: result.token,
      runId: runIdOf(result.token),
      effect: ledger.effect(outcome, "worker", session.workerId),
      bytes: bytesOf(outcome),
      ended: (state) => {
        const receipt = state !== "recorded" ? "stale" : rejected === undefined ? "recorded" : "rejected";
        session.receipt(result.token, receipt, receipt === "rejected" ? (rejected ?? "") : "");
        ledger.resolved(result.token);
      },
    });
  }

  /** A release that can change nothing, as no lock has the token: its answer says whether a worker's outcome of it is stored. */
  #question({ slug, token }: WorkerResult): ReleaseWrite {
    const effect = this.parts.ledger.effect({ type: "cancelled" }, "worker", "");
    const runId = runIdOf(token);
    const at = effect.endedAt;
    return {
      slug,
      token,
      etag: "",
      settled: { type: "delete" },
      run: {
        token,
        runId,
        slug,
        jobUid: "",
        kind: "",
        occurrence: at,
        cause: "trigger",
        attempt: 1,
        state: "cancelled",
        by: "worker",
        dueAt: at,
        startedAt: at,
        endedAt: at,
        error: "",
        result: new Uint8Array(0),
        resultTruncated: false,
        workerId: "",
        serverId: effect.serverId,
        hidden: true,
        expireAt: at,
        effect,
      },
    };
  }
}

/** The jobs of these slugs, without payloads. */
export async function readJobs(store: Store, slugs: readonly string[]): Promise<Map<string, StoredJob>> {
  const jobs = new Map<string, StoredJob>();
  const wanted = [...new Set(slugs)];
  for (let start = 0; start < wanted.length; start += 1_000) {
    const filter = { slugs: wanted.slice(start, start + 1_000) };
    let after: string | undefined;
    do {
      const page = await store.list({ filter, limit: 1_000, payloads: false, ...(after !== undefined && { after }) });
      for (const job of page.items) jobs.set(job.slug, job);
      after = page.next;
    } while (after !== undefined);
  }
  return jobs;
}
