import { statSync } from "node:fs";
import type { Connection } from "./connection.js";
import type { Context } from "./context.js";
import { failureOf, storeDown, vanished } from "./failure.js";
import { thisHost } from "./host.js";
import { KindIds } from "./kind-ids.js";
import { takeOver } from "./leases.js";
import {
  type Fault,
  type FileFailure,
  READS,
  type ReadCall,
  type ReadReply,
  WRITES,
  type WriteCall,
  type WriteReply,
} from "./operations.js";
import { SideLocks } from "./side-locks.js";
import { tidySides } from "./sides.js";

/**
 * The file, synchronously: a list of writes is one transaction. It knows neither documents nor promises, so it runs on
 * whichever thread its executor chose. It never throws: what went wrong is in the reply.
 */
export class Engine {
  readonly #context: Context;
  readonly #identity: string;

  constructor(private readonly db: Connection) {
    this.#context = { db, kinds: new KindIds(db), sides: new SideLocks(db.path), host: thisHost() };
    this.#identity = identityOf(db.path);
  }

  /** Fences servers that were found dead, each only if its counter still stands, and removes what was left beside the file. */
  cleanUp(dead: readonly { readonly id: string; readonly seq: number }[]): void {
    if (dead.length > 0) this.#commit(() => dead.forEach(({ id, seq }) => void takeOver(this.#context, id, seq)));
    tidySides(this.#context);
  }

  /** All of them in one commit; where one is wrong, once more with a savepoint around each, so that only that one fails. */
  write(calls: readonly WriteCall[]): WriteReply {
    try {
      return this.#together(calls);
    } catch (error) {
      if (failureOf(error) !== "fault") return this.#failed(error);
      if (calls.length === 1) return { answers: [undefined], faults: [{ at: 0, message: messageOf(error) }] };
    }
    try {
      return this.#apart(calls);
    } catch (error) {
      return this.#failed(error);
    }
  }

  read({ name, args }: ReadCall): ReadReply {
    const operation = READS[name] as (context: Context, ...args: readonly unknown[]) => unknown;
    try {
      return { answer: operation(this.#context, ...args) };
    } catch (error) {
      return failureOf(error) === "fault" ? { fault: messageOf(error) } : this.#failed(error);
    }
  }

  /** Folds the log into the file. A lease that is still open here counts as dead from then on. */
  close(): void {
    try {
      this.db.all("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch {
      // The next one to open the file does it.
    }
    this.db.close();
    this.#context.sides.close();
  }

  #together(calls: readonly WriteCall[]): WriteReply {
    const answers: unknown[] = [];
    this.#commit(() => {
      for (const call of calls) answers.push(this.#run(call));
    });
    return { answers, faults: [] };
  }

  #apart(calls: readonly WriteCall[]): WriteReply {
    const answers: unknown[] = [];
    const faults: Fault[] = [];
    this.#commit(() => {
      for (const [at, call] of calls.entries()) {
        this.db.run("SAVEPOINT one");
        try {
          answers.push(this.#run(call));
        } catch (error) {
          if (failureOf(error) !== "fault") throw error;
          this.db.run("ROLLBACK TO one");
          this.#context.kinds.forget();
          answers.push(undefined);
          faults.push({ at, message: messageOf(error) });
        }
        this.db.run("RELEASE one");
      }
    });
    return { answers, faults };
  }

  #run({ name, args }: WriteCall): unknown {
    const operation = WRITES[name] as (context: Context, ...args: readonly unknown[]) => unknown;
    return operation(this.#context, ...args);
  }

  #commit(work: () => void): void {
    const { db } = this;
    try {
      db.writing(work);
    } catch (error) {
      this.#context.kinds.forget();
      throw error;
    }
    // SQLite goes on writing to a file that was deleted under it: nothing of that may be acknowledged.
    if (identityOf(db.path) !== this.#identity) throw vanished(db.path);
  }

  #failed(error: unknown): FileFailure {
    const failure = failureOf(error) === "busy" ? "busy" : "down";
    return { failure, message: storeDown(this.db.path, error).message };
  }
}

function identityOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat ? `${stat.dev}:${stat.ino}` : "";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
