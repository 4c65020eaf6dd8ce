/** What may stand in a word's place. */
export interface Candidate {
  readonly word: string;
  readonly help?: string;
}

/** How one shell asks, and how it wants to be answered. */
export interface Shell {
  readonly script: string;
  /** The words behind the command's name up to the cursor, the last one being typed (empty where it has not begun), from what the script asks with. */
  wordsOf(asked: readonly string[]): readonly string[];
  /** A line for each. */
  linesOf(candidates: readonly Candidate[], asked: readonly string[]): readonly string[];
}
