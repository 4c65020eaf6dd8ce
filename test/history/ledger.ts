import { openSync, readdirSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Event, Fact } from "./event.js";

const SUFFIX = ".ledger";

/**
 * Appends facts to a file of one process. Each is one write, so that kill -9 cuts at most the line that was being written: what
 * was told before is in the kernel, and no fsync is needed while the host lives.
 */
export class Ledger {
  readonly #file: number;

  constructor(
    folder: string,
    readonly by: string,
  ) {
    this.#file = openSync(join(folder, `${by}${SUFFIX}`), "a");
  }

  write(fact: Fact): void {
    const at = Number(process.hrtime.bigint() / 1_000n) / 1_000;
    writeSync(this.#file, `${JSON.stringify({ at, wall: Date.now(), by: this.by, ...fact })}\n`);
  }
}

/** All ledgers of a folder, in the order of the host's monotonic clock. */
export function readLedgers(folder: string): Event[] {
  const files = readdirSync(folder).filter((name) => name.endsWith(SUFFIX));
  return files.flatMap((name) => readLedger(join(folder, name))).sort((a, b) => a.at - b.at);
}

function readLedger(file: string): Event[] {
  // A line that kill -9 cut is no line.
  const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Event);
}
