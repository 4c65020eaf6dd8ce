import type { CronDialect } from "../trigger.js";
import type { ParsedCron } from "./parse.js";

export type Parse = (expression: string, dialect: CronDialect) => ParsedCron;

/** Each distinct expression is parsed once, while it is among the newest `capacity`. What is refused is not kept. */
export class ParseCache {
  readonly #parse: Parse;
  readonly #capacity: number;
  readonly #parsed = new Map<string, ParsedCron>();

  constructor(parse: Parse, capacity: number) {
    this.#parse = parse;
    this.#capacity = capacity;
  }

  get(expression: string, dialect: CronDialect): ParsedCron {
    const key = `${dialect} ${expression}`;
    const known = this.#parsed.get(key);
    if (known) return known;
    const found = this.#parse(expression, dialect);
    // The oldest goes, used or not: to keep count of use would cost each look-up more than a parse costs now and then.
    const [oldest] = this.#parsed.size >= this.#capacity ? this.#parsed.keys() : [];
    if (oldest !== undefined) this.#parsed.delete(oldest);
    this.#parsed.set(key, found);
    return found;
  }

  get size(): number {
    return this.#parsed.size;
  }
}
