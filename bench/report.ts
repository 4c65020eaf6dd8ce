import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** One figure. */
export interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Of the baseline in the same run, and what it is to be. */
  readonly ratio?: number;
  readonly budget?: string;
  readonly met?: boolean;
}

type Verdict = Pick<Row, "ratio" | "budget" | "met">;

/** `value` is to be at least so much of the baseline. */
export function atLeast(value: number, baseline: number, least: number): Verdict {
  const ratio = value / baseline;
  return { ratio, budget: `>= ${least * 100} %`, met: ratio >= least };
}

/** `value` is to be at most so much of the baseline. */
export function atMost(value: number, baseline: number, most: number): Verdict {
  const ratio = value / baseline;
  return { ratio, budget: `<= ${most * 100} %`, met: ratio <= most };
}

/** What was measured, printed as it comes and kept for the JSON. */
export class Report {
  readonly #rows: Row[] = [];
  readonly #skipped: { readonly name: string; readonly why: string }[] = [];
  readonly #facts: Record<string, unknown> = {};

  /** `quick`: the figures mean nothing, so that no verdict is printed. */
  constructor(readonly quick: boolean) {}

  row(row: Row): void {
    this.#rows.push(row);
    const value = row.value.toLocaleString("en", { maximumFractionDigits: digitsOf(row) });
    const ratio = row.ratio === undefined ? "" : `${(row.ratio * 100).toFixed(0)} %`;
    const verdict = row.budget === undefined ? "" : `${row.budget}${this.quick ? "" : row.met ? "  met" : "  NOT MET"}`;
    const columns = [
      row.name.padEnd(42),
      value.padStart(10),
      ` ${row.unit.padEnd(8)}`,
      ratio.padStart(6),
      `  ${verdict}`,
    ];
    process.stdout.write(`${columns.join("").trimEnd()}\n`);
  }

  /** What could not be measured here. */
  skip(name: string, why: string): void {
    this.#skipped.push({ name, why });
    process.stdout.write(`${name.padEnd(42)}   skipped: ${why}\n`);
  }

  /** What the figures depend on. */
  fact(name: string, value: string): void {
    this.#facts[name] = value;
  }

  write(file: string): void {
    const report = {
      node: process.version,
      quick: this.quick,
      ...this.#facts,
      rows: this.#rows,
      skipped: this.#skipped,
    };
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${JSON.stringify(report, undefined, 2)}\n`);
  }
}

function digitsOf({ value, unit }: Row): number {
  if (unit === "ms") return 2;
  return value < 10 ? 3 : 0;
}

/** 1,000,000 is 1M. */
export function short(count: number): string {
  return count.toLocaleString("en", { notation: "compact" });
}
