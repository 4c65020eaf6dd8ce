/** Where an expression's times fall in a zone. Instants are in whole seconds since 1970 UTC. */
export interface Search {
  /** The first at or after `at`. */
  atLeast(at: number): number | undefined;
  /** The last at or before `at`. */
  atMost(at: number): number | undefined;
  /** How many in [from, to). */
  countIn(from: number, to: number): number;
  /** The same within a few, in a time that does not grow with the span. */
  estimateIn(from: number, to: number): number;
}
