import type { Row } from "./database.js";

/** How long a look is trusted, in ms: two clocks drift apart by less than a tenth of a second in it. */
const TRUSTED_MS = 600_000;

/** What the clock shows, in ms since 1970. */
export const SHOWN = "floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint";

/** Holds for a statement that begins by that moment; a later one fails, with a name for it that its error shows. */
export function inTime(parameter: number): string {
  return `(SELECT current_setting('tickwire.this_statement_came_too_late',
    ${SHOWN} <= $${parameter}::bigint)) IS NULL`;
}

/** What `inTime` fails with. */
export const TOO_LATE = "42704";

/** The database's clock, told from a look at it and this process's monotonic clock. */
export class DatabaseClock {
  #look: { readonly ahead: number; readonly until: number } | undefined;

  /** It has shown this, by an answer that has come just now. */
  heard(shown: number): void {
    const now = performance.now();
    this.#look = { ahead: shown - now, until: now + TRUSTED_MS };
  }

  /** It does not go as was thought. */
  forget(): void {
    this.#look = undefined;
  }

  /** It is looked at where that was long ago. */
  async look(rows: (sql: string) => Promise<Row[]>): Promise<void> {
    if (this.#look && performance.now() < this.#look.until) return;
    this.heard(Number((await rows(`SELECT ${SHOWN}`))[0]?.[0]));
  }

  /** In ms since 1970, at most what it shows now. */
  get now(): number {
    return Math.floor(performance.now() + (this.#look?.ahead ?? 0));
  }
}
