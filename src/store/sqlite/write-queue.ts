import { TickwireError } from "../../core/errors.js";
import type { Log } from "../../core/log.js";
import type { FileFailure, WriteCall, WriteReply } from "./engine/operations.js";
import type { Executor } from "./executor.js";

/** Items (jobs, outcomes) that one transaction takes at most: about 20 ms of the file. The rest goes into the next one. */
const WEIGHT_LIMIT = 1_000;
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
  #busy = false;
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
      if (this.#busy) return;
      this.#busy = true;
      setImmediate(() => this.#next());
    });
  }

  /** Resolves once nothing is waiting. */
  drained(): Promise<void> {
    if (!this.#busy) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #next(): void {
    const batch = this.#take();
    if (batch.length === 0) {
      this.#busy = false;
      for (const resolve of this.#idle.splice(0)) resolve();
      return;
    }
    void this.executor.write(batch.map(({ call }) => call)).then((reply) => this.#settle(batch, reply));
  }

  #take(): Pending[] {
    let weight = 0;
    let count = 0;
    for (const { weight: one } of this.#pending) {
      weight += one;
      if (count > 0 && weight > WEIGHT_LIMIT) break;
      count++;
    }
    return this.#pending.splice(0, count);
  }

  #settle(batch: readonly Pending[], reply: WriteReply): void {
    if ("failure" in reply) {
      this.#fail(batch, reply);
      return;
    }
    // The engine goes on before anybody is told.
    this.#next();
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
    setTimeout(() => this.#next(), RETRY_LEAST_MS + Math.random() * (RETRY_MOST_MS - RETRY_LEAST_MS));
    if (failed.length === 0) return;
    const error = new TickwireError("STORE_DOWN", message, { file: this.options.file });
    if (!this.#down)
      this.options.log.error({ err: error, file: this.options.file }, "the store's file can't be written");
    this.#down = true;
    for (const { reject } of failed) reject(error);
  }
}
