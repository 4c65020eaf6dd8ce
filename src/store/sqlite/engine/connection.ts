import { pathToFileURL } from "node:url";
import Database from "libsql";
import type { Value } from "../wire.js";

export type Row = readonly Value[];

interface Statement {
  run(parameters: readonly Value[]): { readonly changes: number };
  get(parameters: readonly Value[]): Row | undefined;
  all(parameters: readonly Value[]): Row[];
  raw(toggle?: boolean): this;
}

interface Handle {
  readonly inTransaction: boolean;
  prepare(sql: string): Statement;
  exec(sql: string): void;
  close(): void;
}

/** Texts put together from filters are few; past this many the cache starts again. */
const STATEMENTS_KEPT = 400;

/**
 * One open file. Times are integers of milliseconds, booleans 0 and 1 (libsql aborts the process on a boolean). Every call is synchronous and runs to its end, so that no statement is left open between turns. Rows are
 * arrays in the order of the columns: libsql pays about 0.2 us for each cell, twice that with names.
 *
 * Text that a caller chose and that may hold NUL is stored inside JSON: libsql cuts a text cell at its first NUL.
 */
export class Connection {
  readonly #handle: Handle;
  readonly #readers = new Map<string, Statement>();
  readonly #writers = new Map<string, Statement>();

  /**
   * `busyMs`: how long one call may wait for another process; the whole event loop waits with it. `mode`: whether it is made
   * where it is missing.
   */
  constructor(
    readonly path: string,
    busyMs: number,
    mode: "rw" | "rwc" = "rwc",
  ) {
    const name = mode === "rwc" ? path : `${pathToFileURL(path).href}?mode=${mode}`;
    this.#handle = new Database(name, { timeout: busyMs }) as unknown as Handle;
  }

  get inTransaction(): boolean {
    return this.#handle.inTransaction;
  }

  /** The number of rows changed. */
  run(sql: string, parameters: readonly Value[] = []): number {
    let statement = this.#writers.get(sql);
    if (!statement) {
      statement = this.#handle.prepare(sql);
      keep(this.#writers, sql, statement);
    }
    return statement.run(parameters).changes;
  }

  all(sql: string, parameters: readonly Value[] = []): Row[] {
    return this.#reader(sql).all(parameters);
  }

  get(sql: string, parameters: readonly Value[] = []): Row | undefined {
    return this.#reader(sql).get(parameters);
  }

  /** Several statements at once, without parameters. */
  exec(sql: string): void {
    this.#handle.exec(sql);
  }

  /** All reads in `work` see one state of the file. */
  reading<T>(work: () => T): T {
    if (this.inTransaction) return work();
    this.run("BEGIN");
    try {
      const answer = work();
      this.run("COMMIT");
      return answer;
    } catch (error) {
      if (this.inTransaction) this.run("ROLLBACK");
      throw error;
    }
  }

  /**
   * All of `work` is written, or nothing of it. Not with a kept statement: libsql does not reset one that met a busy file, and
   * SQLite then refuses every later COMMIT because of a statement in progress.
   */
  writing(work: () => void): void {
    this.#handle.exec("BEGIN IMMEDIATE");
    try {
      work();
      this.run("COMMIT");
    } catch (error) {
      if (this.inTransaction) this.run("ROLLBACK");
      throw error;
    }
  }

  close(): void {
    this.#readers.clear();
    this.#writers.clear();
    this.#handle.close();
  }

  #reader(sql: string): Statement {
    let statement = this.#readers.get(sql);
    if (!statement) {
      statement = this.#handle.prepare(sql).raw();
      keep(this.#readers, sql, statement);
    }
    return statement;
  }
}

function keep(cache: Map<string, Statement>, sql: string, statement: Statement): void {
  if (cache.size >= STATEMENTS_KEPT) cache.clear();
  cache.set(sql, statement);
}
