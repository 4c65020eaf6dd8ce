import type { Value } from "./database.js";

/** A statement that grows with what is asked for; its parameters are numbered as they come. */
export class Clauses {
  readonly values: Value[] = [];

  /** The parameter that stands for this value. */
  add(value: Value): string {
    return `$${this.values.push(value)}`;
  }
}
