import { createHash } from "node:crypto";
import pg, { type QueryArrayResult } from "pg";
import type { Log } from "../../core/log.js";
import { DatabaseClock, SHOWN, TOO_LATE } from "./database-clock.js";
import { insist, isUndone, markUndone, stateOf } from "./failure.js";
import { LostSessions, newSessionKey } from "./lost-sessions.js";

/** What one statement may take in the database, in ms: half of what a lease can spare. */
export const STATEMENT_MS = 5_000;
/** Longer than a statement's own bound: it is for connections on which nothing comes back. */
const ANSWER_MS = STATEMENT_MS + 1_000;

export type Value =
  | string
  | number
  | boolean
  | null
  | Uint8Array
  | readonly (string | number | boolean | null | Uint8Array)[];
export type Cell = string | number | boolean | null | Uint8Array;
export type Row = readonly Cell[];

/**
 * What holds on every connection, whatever the server's settings say. A table scan is the last choice, not a cheap one: a
 * plan that was made while the tables were small must not read a million rows later. Compiling statements of a millisecond
 * costs tens of them. What is acknowledged is on disk.
 */
export const session = (statementMs: number) => `SELECT set_config('statement_timeout', '${statementMs}', false),
  set_config('idle_in_transaction_session_timeout', '${2 * STATEMENT_MS}', false),
  set_config('default_transaction_isolation', 'read committed', false),
  set_config('bytea_output', 'hex', false), set_config('jit', 'off', false), set_config('enable_seqscan', 'off', false),
  set_config('synchronous_commit',
    CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false)`;

const BOOL = 16;
const BYTES = 17;
const NUMBERS = new Set([20, 21, 23]);

/** Every number of the tables is a whole one that JavaScript holds exactly. */
const types = {
  getTypeParser: (type: number) => {
    if (NUMBERS.has(type)) return Number;
    if (type === BYTES) return (text: string) => Buffer.from(text.slice(2), "hex");
    if (type === BOOL) return (text: string) => text === "t";
    return (text: string) => text;
  },
};

/**
 * Of a session a statement that has a name takes some 100 kB there, as long as it is open. Lists are made of what is asked for, in
 * thousands of ways; all other statements are some sixty.
 */
const MOST_NAMED = 200;

export interface Statement {
  /** Absent where there are enough: the server then parses and plans it anew each time. */
  readonly name?: string;
  readonly text: string;
}

/**
 * Of each text of a statement: with the schema's tables, and a name for the server, which then parses and plans it once. The name
 * is made of the text: on a session that was prepared by somebody else it can't stand for another statement.
 */
export class Statements {
  readonly #named = new Map<string, Statement>();

  constructor(private readonly schema: string) {}

  of(sql: string): Statement {
    const known = this.#named.get(sql);
    if (known) return known;
    const text = this.expanded(sql);
    if (this.#named.size >= MOST_NAMED) return { text };
    const statement = { name: `tickwire_${createHash("sha256").update(text).digest("hex").slice(0, 32)}`, text };
    this.#named.set(sql, statement);
    return statement;
  }

  /** `@jobs` stands for the table of that name in the schema. */
  expanded(sql: string): string {
    return sql.replace(/@([a-z_]+)/g, `"${this.schema}".$1`);
  }
}

export interface DatabaseOptions {
  readonly url: string;
  readonly connections: number;
  readonly statements: Statements;
  readonly log: Log;
  /** Statements may take as long as they take. Default false: up to `STATEMENT_MS`. */
  readonly patient?: boolean;
}

/**
 * Connections that serve one purpose. A statement that fails takes its connection along: the next one may reach another server.
 * Where an answer is lost, nothing more is sent until the session that lost it is at its end: so what is read then stays so,
 * and what is sent again can't be overtaken by its first sending.
 */
export class Database {
  readonly #pool: pg.Pool;
  readonly #keys = new WeakMap<pg.ClientBase, string>();
  readonly #lost = new LostSessions();
  readonly #clock = new DatabaseClock();

  constructor(private readonly options: DatabaseOptions) {
    const { patient = false } = options;
    const start = session(patient ? 0 : STATEMENT_MS);
    this.#pool = new pg.Pool({
      ...connectionOptions(options.url),
      ...(patient && { query_timeout: 0 }),
      max: options.connections,
      idleTimeoutMillis: 60_000,
      onConnect: async (client) => {
        const key = newSessionKey();
        this.#keys.set(client, key);
        const text = `${start}, pg_advisory_lock(${key}), ${SHOWN} AS shown`;
        this.#clock.heard(Number((await client.query(text)).rows[0]?.shown));
      },
    });
    // Else a connection that ends would end the process. Who waits for an answer on it is told by that.
    const ended = (error: Error) => options.log.debug({ err: error }, "a connection to PostgreSQL ended");
    this.#pool.on("error", ended);
    this.#pool.on("connect", (client) => client.on("error", ended));
  }

  /** One statement, which is a transaction by itself. Rejects with the driver's error. */
  async rows(sql: string, values: readonly Value[] = []): Promise<Row[]> {
    return await this.#settled(async (client) => await this.#query(client, sql, values));
  }

  /**
   * A statement that does harm if it is carried out long after it was sent, by whatever has held it up. Its last parameter,
   * which is added here, is for `inTime`.
   */
  async timely(sql: string, values: readonly Value[]): Promise<Row[]> {
    try {
      await this.#clock.look((look) => this.rows(look));
    } catch (error) {
      throw markUndone(error);
    }
    try {
      return await this.#settled(
        async (client) => await this.#query(client, sql, [...values, this.#clock.now + ANSWER_MS]),
      );
    } catch (error) {
      if (stateOf(error) === TOO_LATE) this.#clock.forget();
      throw error;
    }
  }

  /** A statement that may be sent twice. */
  read(sql: string, values: readonly Value[] = []): Promise<Row[]> {
    return insist(STATEMENT_MS, () => this.rows(sql, values));
  }

  /** Statements in one transaction. `begin` is sent with its begin, in the same message. */
  async transaction<T>(begin: string, work: (rows: Database["rows"]) => Promise<T>): Promise<T> {
    let committing = false;
    try {
      return await this.#settled(async (client) => {
        await client.query(`BEGIN; ${begin}`);
        const result = await work((sql, values = []) => this.#query(client, sql, values));
        committing = true;
        await client.query("COMMIT");
        return result;
      });
    } catch (error) {
      throw committing ? error : markUndone(error);
    }
  }

  /** What a lost session did, or may do yet, is settled before. */
  async #settled<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    if (this.#lost.size > 0) {
      try {
        await this.#lost.settle((sql, values) => this.#once((client) => this.#query(client, sql, values)));
      } catch (error) {
        throw markUndone(error);
      }
    }
    return await this.#once(work, (client, error) => {
      const key = this.#keys.get(client);
      if (key !== undefined && !isUndone(error)) this.#lost.add(key);
    });
  }

  async #once<T>(
    work: (client: pg.PoolClient) => Promise<T>,
    failed: (client: pg.PoolClient, error: unknown) => void = () => {},
  ): Promise<T> {
    const client = await this.#connected();
    try {
      const result = await work(client);
      client.release();
      return result;
    } catch (error) {
      failed(client, error);
      client.release(error as Error);
      throw error;
    }
  }

  /** A connection of the pool's. What fails here has sent nothing. */
  async #connected(): Promise<pg.PoolClient> {
    try {
      return await this.#pool.connect();
    } catch (error) {
      throw markUndone(error);
    }
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  async #query(on: pg.PoolClient, sql: string, values: readonly Value[]): Promise<Row[]> {
    const query = { ...this.options.statements.of(sql), values: [...values], rowMode: "array" as const, types };
    const { rows } = (await on.query(query)) as QueryArrayResult<Cell[]>;
    return rows;
  }
}

export function connectionOptions(url: string): pg.ClientConfig {
  return {
    connectionString: url,
    application_name: "tickwire",
    connectionTimeoutMillis: STATEMENT_MS,
    query_timeout: ANSWER_MS,
    keepAlive: true,
  };
}
