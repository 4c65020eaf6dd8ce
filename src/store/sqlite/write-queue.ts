import { TickwireError } from "../../core/errors.js";
import type { Log } from "../../core/log.js";
import type { FileFailure, WriteCall, WriteReply } from "./engine/operations.js";
import type { Executor } from "./executor.js";

/** Items (jobs, outcomes) that one transaction takes at most: about 20 ms of the file. The rest goes into the next one. */
const WEIGHT_LIMIT = 1_000;
/**
 * With so many items waiting the next transaction is handed over while one is under way, so that the engine's thread does not
 * wait for this one in between; with fewer they wait for company.
 */
const AHEAD_WEIGHT = 100;
/** Between two tries for a file that another process writes; drawn at random so that two don't meet again and again. */
const RETRY_LEAST_MS = 1;
const RETRY_MOST_MS = 8;

export interface WriteQueueOptions {
  readonly file: string;
  readonly log: Log;
  /** How long a write waits for other processes before it fails as STORE_DOWN, in ms. */
  readonly patienceMs: number;
  /** After each commit: how many writes it holds. */
  readonly onCommit: (writes: number) => void;
}

interface Pending {
  readonly call: WriteCall;
  readonly weight: number;
  readonly since: number;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * All writes of one turn of the event loop in one transaction, and all that come while one is under way in the next: durability
 * costs a sync of the disk for each commit, whatever is in it. A promise settles only after the commit of its write. While
 * another process has the file the writes wait here, so that whatever else the thread does goes on.
 */
export class WriteQueue {
  #pending: Pending[] = [];
  #weight = 0;
  #underWay = 0;
  #scheduled = false;
  #down = false;
  #idle: (() => void)[] = [];

  constructor(
    private readonly executor: Executor,
    private readonly options: WriteQueueOptions,
  ) {}

  /** `weight`: how many items it writes. */
  write(weight: number, call: WriteCall): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ call, weight, since: performance.now(), resolve, reject });
      this.#weight += weight;
      if (!this.#scheduled && this.#mayStart()) this.#schedule();
    });
  }

  /** Resolves once nothing is waiting. */
  drained(): Promise<void> {
    if (this.#isIdle()) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #isIdle(): boolean {
    return this.#pending.length === 0 && this.#underWay === 0;
  }

  #mayStart(): boolean {
    if (this.#pending.length === 0) return false;
    return this.#underWay === 0 || (this.#underWay === 1 && this.#weight >= AHEAD_WEIGHT);
  }

  /** At the end of this turn, or later. */
  #schedule(waitMs = 0): void {
    this.#scheduled = true;
    const start = () => {
      this.#scheduled = false;
      this.#start();
    };
    if (waitMs === 0) setImmediate(start);
    else setTimeout(start, waitMs);
  }

  #start(): void {
    while (!this.#scheduled && this.#mayStart()) {
      const batch = this.#take();
      this.#underWay++;
      void this.executor.write(batch.map(({ call }) => call)).then((reply) => {
        this.#underWay--;
        this.#settle(batch, reply);
      });
    }
    if (this.#isIdle()) for (const resolve of this.#idle.splice(0)) resolve();
  }

  #take(): Pending[] {
    let weight = 0;
    let count = 0;
    for (const { weight: one } of this.#pending) {
      if (count > 0 && weight + one > WEIGHT_LIMIT) break;
      weight += one;
      count++;
    }
    this.#weight -= weight;
    return this.#pending.splice(0, count);
  }

  #settle(batch: readonly Pending[], reply: WriteReply): void {
    if ("failure" in reply) {
      this.#fail(batch, reply);
      return;
    }
    // The engine goes on before anybody is told.
    this.#start();
    if (this.#down) this.options.log.info({ file: this.options.file }, "the store's file can be written again");
    this.#down = false;
    this.options.onCommit(batch.length);
    const faults = new Map(reply.faults.map(({ at, message }) => [at, message]));
    for (const [at, { call, resolve, reject }] of batch.entries()) {
      const fault = faults.get(at);
      if (fault === undefined) resolve(reply.answers[at]);
      else reject(new Error(`the store refused ${call.name}: ${fault}`));
    }
  }

  /** Busy: only what has waited too long fails, the rest is tried again. Down: all of the batch. */
  #fail(batch: readonly Pending[], { failure, message }: FileFailure): void {
    const now = performance.now();
    const patient = ({ since }: Pending) => failure === "busy" && now - since <= this.options.patienceMs;
    const failed = batch.filter((one) => !patient(one));
    this.#pending = [...batch.filter(patient), ...this.#pending];
    this.#weight = this.#pending.reduce((sum, { weight }) => sum + weight, 0);
    if (!this.#scheduled) this.#schedule(RETRY_LEAST_MS + Math.random() * (RETRY_MOST_MS - RETRY_LEAST_MS));
    if (failed.length === 0) return;
    const error = new TickwireError("STORE_DOWN", message, { file: this.options.file });
    if (!this.#down)
      this.options.log.error({ err: error, file: this.options.file }, "the store's file can't be written");
    this.#down = true;
    for (const { reject } of failed) reject(error);
  }
}
