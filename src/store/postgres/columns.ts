import { type ArrayType, arrayBytes, type Scalar } from "./array-bytes.js";
import type { Value } from "./database.js";

/** Columns of a table with their types, in the order in which their values are given. */
export type Columns = readonly (readonly [name: string, type: ArrayType])[];

export function names(columns: Columns): string {
  return columns.map(([name]) => name).join(", ");
}

/**
 * Rows as a table with the alias: an array for each column, so that a statement is the same however many rows it takes. `n` is
 * a row's number, from 1. The first array is parameter `from`.
 */
export function table(alias: string, columns: Columns, from = 1): string {
  const arrays = columns.map(([, type], at) => `$${from + at}::${type}[]`).join(", ");
  return `unnest(${arrays}) WITH ORDINALITY ${alias} (${names(columns)}, n)`;
}

/** The arrays of `table` for these rows. */
export function arrays(columns: Columns, rows: readonly (readonly Scalar[])[]): Value[] {
  return columns.map(([, type], at) => arrayBytes(type, rows, at));
}

/** `SET` of these columns from a table of that alias. */
export function assignments(columns: Columns, alias: string): string {
  return columns.map(([name]) => `${name} = ${alias}.${name}`).join(", ");
}

/** What an outcome writes. */
export const STANDING: Columns = [
  ["due", "bigint"],
  ["at", "bigint"],
  ["cause", "text"],
  ["attempt", "int"],
  ["failures", "int"],
  ["dead", "text"],
  ["expire_at", "bigint"],
  ["last_token", "text"],
  ["last_by", "text"],
  ["standing", "text"],
  ["last_error", "text"],
  ["progress", "text"],
  ["last_result", "bytea"],
  ["checkpoint", "bytea"],
];

/** What callers and locks write. */
export const OWN: Columns = [
  ["kind", "text"],
  ["pri", "smallint"],
  ["etag", "text"],
  ["fence", "bigint"],
  ["pause", "text"],
  ["lock_token", "text"],
  ["lock_lease", "text"],
  ["lock_stream", "bigint"],
  ["lock_slot", "int"],
  ["lock_since", "bigint"],
];

/** What its owner said of a job, besides. */
export const DEFINITION: Columns = [
  ["definition", "text"],
  ["labels", "text"],
  ["payload", "bytea"],
];

/** Of a job that waits for its first run: all others have their defaults. */
export const FRESH: Columns = [
  ["slug", "text"],
  ["kind", "text"],
  ["pri", "smallint"],
  ["due", "bigint"],
  ["at", "bigint"],
  ["cause", "text"],
  ["etag", "text"],
  ["rev", "bigint"],
  ["fence", "bigint"],
  ["updated_at", "bigint"],
  ["standing", "text"],
  ...DEFINITION,
];

export const WHOLE: Columns = [
  ["slug", "text"],
  ["rev", "bigint"],
  ["updated_at", "bigint"],
  ["mark", "text"],
  ...OWN,
  ...STANDING,
  ...DEFINITION,
];

/** Of a run, but for its place. */
export const RUN: Columns = [
  ["slug", "text"],
  ["kind", "text"],
  ["token", "text"],
  ["state", "text"],
  ["by", "text"],
  ["ended_at", "bigint"],
  ["expire_at", "bigint"],
  ["hidden", "boolean"],
  ["facts", "text"],
  ["result", "bytea"],
];
