import type pg from "pg";
import {
  type Database,
  type Row,
  STATEMENT_MS,
  type Statements,
  session,
  type Value,
} from "../../src/store/postgres/database.js";

/** What EXPLAIN tells of one step. */
export interface Step {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Index Name"?: string;
  readonly "Actual Rows"?: number;
  readonly "Actual Loops"?: number;
  readonly "Rows Removed by Filter"?: number;
  readonly "Rows Removed by Join Filter"?: number;
  readonly "Rows Removed by Index Recheck"?: number;
  readonly "Shared Hit Blocks"?: number;
  readonly "Shared Read Blocks"?: number;
  readonly Plans?: readonly Step[];
}

/**
 * A database that carries out each statement, and first has PostgreSQL explain it by the plan that it makes for any parameters:
 * the one that a statement gets once it was sent a few times.
 */
export class ExplainingDatabase implements Pick<Database, "rows" | "timely" | "read" | "transaction"> {
  readonly plans: Step[] = [];
  readonly #types = new Map<string, readonly string[]>();

  constructor(
    private readonly db: Database,
    private readonly statements: Statements,
    private readonly client: pg.Client,
  ) {}

  async begin(): Promise<void> {
    await this.client.query(session(STATEMENT_MS));
    await this.client.query("SET plan_cache_mode = force_generic_plan");
  }

  async rows(sql: string, values: readonly Value[] = []): Promise<Row[]> {
    await this.#explain(sql, values);
    return await this.db.rows(sql, values);
  }

  async read(sql: string, values: readonly Value[] = []): Promise<Row[]> {
    return await this.rows(sql, values);
  }

  async timely(sql: string, values: readonly Value[]): Promise<Row[]> {
    await this.#explain(sql, [...values, Number.MAX_SAFE_INTEGER]);
    return await this.db.timely(sql, values);
  }

  async transaction<T>(begin: string, work: (rows: Database["rows"]) => Promise<T>): Promise<T> {
    return await this.db.transaction(begin, async (rows) => {
      return await work(async (sql, values = []) => {
        await this.#explain(sql, values);
        return await rows(sql, values);
      });
    });
  }

  async #explain(sql: string, values: readonly Value[]): Promise<void> {
    const { name, text } = this.statements.of(sql);
    if (name === undefined) throw new Error("there are more statements than have names");
    const types = this.#types.get(name) ?? (await this.#prepare(name, text));
    const { client } = this;
    // EXECUTE takes no parameters itself: each value in the words of its type.
    const words = types.map((type, n) => `$${n + 1}::${type}::text`).join(", ");
    const given =
      types.length > 0
        ? (await client.query({ text: `SELECT ${words}`, values: [...values], rowMode: "array" })).rows[0]
        : [];
    const literals = (given as (string | null)[]).map((word) => (word === null ? "NULL" : client.escapeLiteral(word)));
    const call = literals.length > 0 ? `${name}(${literals.join(", ")})` : name;
    await client.query("BEGIN");
    try {
      const { rows } = await client.query(`EXPLAIN (ANALYZE, BUFFERS, TIMING off, FORMAT JSON) EXECUTE ${call}`);
      this.plans.push(rows[0]["QUERY PLAN"][0].Plan);
    } finally {
      await client.query("ROLLBACK");
    }
  }

  async #prepare(name: string, text: string): Promise<readonly string[]> {
    await this.client.query(`PREPARE ${name} AS ${text}`);
    const found = await this.client.query(
      "SELECT parameter_types::text[] AS types FROM pg_prepared_statements WHERE name = $1",
      [name],
    );
    const types = found.rows[0].types as readonly string[];
    this.#types.set(name, types);
    return types;
  }
}

export function steps(plan: Step): Step[] {
  return [plan, ...(plan.Plans ?? []).flatMap(steps)];
}

export function pagesOf(plan: Step): number {
  return (plan["Shared Hit Blocks"] ?? 0) + (plan["Shared Read Blocks"] ?? 0);
}

/** Rows that the busiest step has looked at, over all its turns. */
export function rowsOf(plan: Step): number {
  const of = (step: Step) => {
    const { "Actual Rows": kept = 0, "Actual Loops": loops = 0 } = step;
    const removed = [
      step["Rows Removed by Filter"],
      step["Rows Removed by Join Filter"],
      step["Rows Removed by Index Recheck"],
    ];
    return loops * removed.reduce<number>((sum, rows) => sum + (rows ?? 0), kept);
  };
  return Math.max(...steps(plan).map(of));
}
