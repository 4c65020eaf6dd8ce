import type { StoredJob } from "../core/job.js";
import type { Log } from "../core/log.js";
import type { Effect, Outcome } from "../core/outcome.js";
import { runIdOf, type Store } from "../store/store.js";
import { bytesOf, readAnswer, timeoutText } from "./answer.js";
import { Away } from "./away.js";
import type { Clock } from "./clock.js";
import type { Deadlines } from "./deadlines.js";
import { Decisions } from "./decisions.js";
import type { WorkerResult } from "./frames.js";
import type { LeaseKeeper } from "./lease-keeper.js";
import type { DispatchSettings, Kinds } from "./parts.js";
import type { Recorder } from "./recorder.js";
import type { Session } from "./session.js";
import type { StoreClock } from "./store-clock.js";
import { Task } from "./task.js";

export interface LedgerParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: DispatchSettings;
  readonly kinds: Kinds;
  readonly storeClock: StoreClock;
  readonly deadlines: Deadlines;
  readonly lease: () => LeaseKeeper;
  readonly recorder: Recorder;
  readonly serverId: string;
  readonly random: () => number;
}

/** An adopted task's time limit is at least this, however long it has run, in ms. */
const ADOPTED_LEAST_MS = 5_000;
/** How long a decision that the store did not take waits before it is made anew, in ms. */
const AGAIN_MS = 1_000;
const MOVE_BATCH = 1_000;
/** A payload is not needed once it was sent; one that is smaller than this, in bytes, is not worth a copy of its job without it. */
const KEPT_PAYLOAD = 1_024;
const EMPTY = new Uint8Array(0);

/**
 * The tasks whose locks name this server's lease, from claim or adoption to their end, and what each waits for. Which session
 * has a task is known here alone. `task.ts` draws the stages.
 */
export class Ledger {
  readonly #tasks = new Map<string, Task>();
  readonly #away = new Away();
  readonly #decisions: Decisions;

  constructor(private readonly parts: LedgerParts) {
    this.#decisions = new Decisions(parts.recorder);
  }

  get size(): number {
    return this.#tasks.size;
  }

  get(token: string): Task | undefined {
    return this.#tasks.get(token);
  }

  /** A job that was locked for this server, not sent yet. */
  claimed(job: StoredJob, lease: string): Task {
    return this.#add(job, lease);
  }

  /** Its `write` is about to be called: from now on it may run. */
  written(task: Task): void {
    task.stage = "out";
    task.instance = task.session?.instance;
    if (task.job.payload.length > KEPT_PAYLOAD) task.job = { ...task.job, payload: EMPTY };
    this.#limit(task, task.timeoutMs);
  }

  /** A hello named it, and the store has it under `lease` now. An adoption by the same server moves it to the newer session. */
  adopted(job: StoredJob, lease: string, session: Session, elapsedMs: number): Task {
    const token = job.lock?.token ?? "";
    const task = this.#tasks.get(token) ?? this.#add(job, lease);
    task.job = job.payload.length > KEPT_PAYLOAD ? { ...job, payload: EMPTY } : job;
    task.lease = lease;
    this.#away.delete(task);
    task.instance = session.instance;
    task.began = true;
    task.unrun = undefined;
    session.hold(task);
    if (task.stage === "queued") task.stage = "out";
    if (task.stage === "out") this.#limit(task, Math.max(task.timeoutMs - elapsedMs, ADOPTED_LEAST_MS));
    return task;
  }

  /** Its stream is gone: the worker has the grace to come back. A result that came before counts all the same. */
  detach(task: Task): void {
    task.session = undefined;
    if (task.stage !== "out") return;
    this.#away.add(task);
    if (task.told === "job_deleted" || task.told === "lease_lost") {
      this.#forget(task);
      return;
    }
    this.#clear(task);
    if (task.unrun !== undefined) {
      this.#soon(task);
      return;
    }
    // While the store is out of reach nobody could take the worker back: its grace begins when there is a lease again.
    if (this.parts.lease().rehoming) return;
    task.deadline = this.parts.deadlines.set(this.parts.settings.graceMs, () => this.#worn(task));
  }

  /** Of this worker process: out, while its stream is gone. */
  awayOf(instance: string): Task[] {
    return this.#away.of(instance).filter((task) => task.stage === "out");
  }

  /** For a hello that is being checked: nothing is decided about what it names until then. */
  async hold(tokens: readonly string[]): Promise<void> {
    const waits: Promise<void>[] = [];
    for (const token of tokens) {
      const task = this.#tasks.get(token);
      if (!task) continue;
      if (task.stage === "out" && !task.session) this.#clear(task);
      const decision = this.#decisions.withdraw(task);
      if (decision === "withdrawn") task.stage = "out";
      else if (decision !== "none") waits.push(decision);
    }
    await Promise.all(waits);
    for (const token of tokens) {
      const task = this.#tasks.get(token);
      if (task && task.stage === "out" && !task.session) this.#clear(task);
    }
  }

  /** Undoes `hold` where the hello came to nothing. */
  unhold(tokens: readonly string[]): void {
    for (const token of tokens) {
      const task = this.#tasks.get(token);
      if (task && !task.session && task.stage === "out" && !task.deadline) this.detach(task);
    }
  }

  /** A result from the session that has the task. */
  answer(task: Task, session: Session, result: WorkerResult): void {
    if (task.stage === "answered") return;
    const decision = this.#decisions.withdraw(task);
    if (decision !== "none" && decision !== "withdrawn") {
      task.late ??= { session, result };
      return;
    }
    this.#clear(task);
    task.stage = "answered";
    const { outcome, rejected } = readAnswer(task, result);
    this.parts.recorder.submit({
      job: task.job,
      token: task.token,
      runId: task.runId,
      effect: this.effect(outcome, "worker", session.workerId),
      bytes: bytesOf(outcome),
      ended: (state) => {
        const receipt = state !== "recorded" ? "stale" : rejected === undefined ? "recorded" : "rejected";
        task.session?.receipt(task.token, receipt, receipt === "rejected" ? (rejected ?? "") : "");
        this.#forget(task);
      },
    });
  }

  /** A caller's word, by notice. False: no task here has the token. */
  cancel(token: string, reason: "requested" | "job_deleted"): boolean {
    const task = this.#tasks.get(token);
    if (!task) return false;
    if (task.stage === "answered" || task.stage === "decided") return true;
    if (task.stage === "queued") {
      task.session?.unqueue(task);
      if (reason === "job_deleted") this.#forget(task);
      else this.#decide(task, { type: "cancelled" });
      return true;
    }
    if (reason === "requested" && task.told) return true;
    if (!task.session && reason === "job_deleted") this.#forget(task);
    else this.#tell(task, reason);
    return true;
  }

  /** A task that was adopted after somebody had asked to cancel it, or that was told so on an older stream. */
  remind(task: Task): void {
    if (task.stage !== "out") return;
    if (task.told) this.#tell(task, task.told);
    else if (task.job.cancel === task.token) this.#tell(task, "requested");
  }

  /** Its worker certainly never began it: due again at its old time, uncounted. */
  handBack(task: Task, why: string): void {
    if (task.stage !== "queued" && task.stage !== "out") return;
    task.session?.release(task);
    task.session = undefined;
    task.unrun = why;
    this.#decide(task, { type: "handed_back", error: why });
  }

  /** Locked under `lease`, which is not this server's any more: not to be sent. */
  handBackClaim(job: StoredJob, lease: string): void {
    const task = this.#add(job, lease);
    this.handBack(task, "the server's lease ended before the task was sent");
  }

  /** The store says that the lock is another server's, or nobody's. */
  moved(task: Task, lease: string): void {
    if (this.#tasks.get(task.token) !== task || task.stage !== "out" || task.lease !== lease) return;
    if (!this.parts.lease().rehoming) this.#forget(task);
  }

  /** Its outcome is stored, by another way than its session. */
  resolved(token: string): void {
    const task = this.#tasks.get(token);
    if (task && task.stage === "out") this.#forget(task);
  }

  /** No decision is made from here on until `resume`. */
  suspend(): void {
    for (const task of this.#tasks.values()) if (task.stage === "out" && !task.session) this.#clear(task);
  }

  /** There is a lease again: the graces of those that are away begin anew. */
  resume(): void {
    for (const task of [...this.#tasks.values()]) {
      if (task.stage !== "out" || task.deadline) continue;
      if (!task.session) this.detach(task);
      else if (task.told) this.#patience(task);
      else this.#limit(task, task.timeoutMs);
    }
  }

  /** Takes this server's tasks to its new lease. What stays behind is somebody else's by now: its worker is told to drop it. */
  async rehome(from: readonly string[], to: string): Promise<void> {
    const tasks = [...this.#tasks.values()].filter((task) => from.includes(task.lease));
    for (let start = 0; start < tasks.length; start += MOVE_BATCH) {
      const batch = tasks.slice(start, start + MOVE_BATCH);
      const held = batch.map(({ slug, token }) => ({ slug, token }));
      const moved = new Set<string>();
      for (const lease of [...from, to]) {
        for (const token of await this.parts.store.move(held, lease, to)) moved.add(token);
      }
      for (const task of batch) {
        if (this.#tasks.get(task.token) !== task || !from.includes(task.lease)) continue;
        if (moved.has(task.token)) task.lease = to;
        else this.#lose(task);
      }
    }
  }

  effect(outcome: Outcome, by: "worker" | "server", workerId: string): Effect {
    const { storeClock, random, serverId } = this.parts;
    return { outcome, by, endedAt: storeClock.now(), unit: random(), workerId, serverId };
  }

  stop(): void {
    for (const task of this.#tasks.values()) this.#clear(task);
    this.#tasks.clear();
    this.#decisions.clear();
  }

  #add(job: StoredJob, lease: string): Task {
    const token = job.lock?.token;
    if (token === undefined) throw new Error(`the job ${job.slug} has no task out`);
    const policy = this.parts.kinds.policyOf(job);
    const task = new Task(job, token, runIdOf(token), lease, policy.timeoutMs, policy.retry.maxAttempts);
    this.#tasks.set(token, task);
    return task;
  }

  #clear(task: Task): void {
    this.parts.deadlines.clear(task.deadline);
    task.deadline = undefined;
  }

  #limit(task: Task, ms: number): void {
    this.#clear(task);
    task.deadline = this.parts.deadlines.set(ms, () => this.#tell(task, "timed_out"));
  }

  #tell(task: Task, reason: NonNullable<Task["told"]>): void {
    task.told = reason;
    task.session?.cancel(task, reason);
    this.#patience(task);
  }

  #patience(task: Task): void {
    this.#clear(task);
    task.deadline = this.parts.deadlines.set(this.parts.settings.cancelMs, () => this.#worn(task));
  }

  /** Nobody answered in time, or came back. */
  #worn(task: Task): void {
    task.deadline = undefined;
    if (task.stage !== "out") return;
    const { told, unrun } = task;
    if (unrun !== undefined) this.#decide(task, { type: "handed_back", error: unrun });
    else if (told === "job_deleted" || told === "lease_lost") this.#forget(task);
    else if (told === "timed_out") this.#decide(task, { type: "timed_out", error: timeoutText(task) });
    else if (told === "requested" && task.session) this.#decide(task, { type: "cancelled" });
    else this.#decide(task, { type: "lost", error: "the worker's stream broke and it did not come back in time" });
  }

  #decide(task: Task, outcome: Outcome): void {
    this.#clear(task);
    const { lease } = task;
    task.stage = "decided";
    this.#decisions.submit(task, {
      job: task.job,
      token: task.token,
      runId: task.runId,
      lease,
      effect: this.effect(outcome, "server", task.session?.workerId ?? ""),
      bytes: 0,
      ended: (state) => this.#ended(task, lease, state, outcome),
      failed: () => this.#again(task),
    });
  }

  #ended(task: Task, lease: string, state: "recorded" | "stale" | "moved", outcome: Outcome): void {
    // Taken along to another lease of this server meanwhile, or about to be.
    if (state === "moved" && (task.lease !== lease || this.parts.lease().rehoming)) {
      this.#again(task);
      return;
    }
    const { late } = task;
    if (state === "recorded" && outcome.type === "lost") {
      this.parts.log.warn({ slug: task.slug, run: task.runId }, "a task was lost with its worker");
    }
    this.#forget(task);
    this.#decisions.settled(task);
    if (!late) return;
    if (state === "moved") late.session.lookUp([late.result]);
    else late.session.receipt(task.token, "stale", "");
  }

  /** The store did not take the decision: it is open again, and what the worker says meanwhile comes first. */
  #again(task: Task): void {
    this.#decisions.settled(task);
    if (this.#tasks.get(task.token) !== task) return;
    const { late } = task;
    task.late = undefined;
    task.stage = "out";
    if (late) this.answer(task, late.session, late.result);
    else if (!task.session) this.detach(task);
    else if (!this.parts.lease().rehoming) this.#soon(task);
  }

  #soon(task: Task): void {
    this.#clear(task);
    task.deadline = this.parts.deadlines.set(AGAIN_MS, () => this.#worn(task));
  }

  #lose(task: Task): void {
    if (task.stage === "answered" || task.stage === "decided") return;
    this.parts.log.warn({ slug: task.slug, run: task.runId }, "a task was lost with the lease");
    if (task.stage === "queued") {
      task.session?.unqueue(task);
      this.#forget(task);
    } else if (task.session) {
      this.#tell(task, "lease_lost");
    } else {
      this.#forget(task);
    }
  }

  #forget(task: Task): void {
    this.#clear(task);
    this.#away.delete(task);
    if (this.#tasks.get(task.token) === task) this.#tasks.delete(task.token);
    task.session?.release(task);
    task.session = undefined;
  }
}
