import type { Given } from "./given.js";

/** An option as `--name VALUE`, or `--name` alone where it has no value. */
export interface Option {
  readonly name: string;
  /** Stands for the value in help; absent: the option is a flag. */
  readonly value?: string;
  /** May be given more than once. */
  readonly many?: true;
  /** Where the option is absent: this environment variable, and then the default. */
  readonly env?: string;
  readonly default?: string;
  readonly help: string;
}

/** A word behind the command's name, in the order of the table. */
export interface Argument {
  readonly name: string;
  readonly optional?: true;
  /** Takes all that are left; only the last may. */
  readonly many?: true;
  /** What it may be. */
  readonly choices?: readonly string[];
  readonly help: string;
}

/** One row of the command table. */
export interface Command {
  /** One word, or two: "serve", "job list". */
  readonly name: string;
  /** What it does, in one line, without a full stop. */
  readonly summary: string;
  readonly arguments?: readonly Argument[];
  readonly options: readonly Option[];
  /** Lines shown below its options: what else a user should know, examples. */
  readonly notes?: readonly string[];
  /** Does it, and answers the exit code. Loads what it needs itself, so that no command waits for another's imports. */
  run(given: Given): Promise<number>;
}
