import { randomBytes } from "node:crypto";
import type { Row, Value } from "./database.js";

/** A new number for a session. The session holds the advisory lock of that number until its backend is gone, or is another's. */
export function newSessionKey(): string {
  return randomBytes(8).readBigInt64BE().toString();
}

/** Ends the backends of these sessions, and counts them. A user may end its own. */
const END = `WITH e AS MATERIALIZED (SELECT pg_terminate_backend(pid) FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 1 AND granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND ((classid::bigint << 32) | objid::bigint) = ANY ($1::bigint[]))
  SELECT count(*) FROM e`;

/**
 * Returns once they are gone: a backend frees such a lock after its transaction is over. The message writes something to the
 * log of the database, so that this commit waits for what theirs waited for: a backend that is ended stops waiting for a
 * standby, and shows what it has committed.
 */
const GONE = `SELECT pg_advisory_xact_lock_shared(k), pg_logical_emit_message(true, 'tickwire', '')
  FROM unnest($1::bigint[]) k`;

/** Sessions on which an answer was lost. What they were sent may still wait somewhere on its way, and be carried out at any time. */
export class LostSessions {
  readonly #keys = new Set<string>();
  #settling: Promise<void> | undefined;
  #ended = false;

  get size(): number {
    return this.#keys.size;
  }

  add(key: string): void {
    this.#keys.add(key);
  }

  /** Resolves once those that were lost before can do nothing any more, and all that they did can be read. */
  async settle(rows: (sql: string, values: readonly Value[]) => Promise<Row[]>): Promise<void> {
    // The first may have begun before the newest was lost.
    for (let look = 0; look < 2 && this.#keys.size > 0; look++) {
      this.#settling ??= this.#end(rows).finally(() => {
        this.#settling = undefined;
      });
      await this.#settling;
    }
  }

  async #end(rows: (sql: string, values: readonly Value[]) => Promise<Row[]>): Promise<void> {
    const keys = [...this.#keys];
    const [found] = await rows(END, [keys]);
    this.#ended ||= Number(found?.[0]) > 0;
    if (this.#ended) await rows(GONE, [keys]);
    this.#ended = false;
    for (const key of keys) this.#keys.delete(key);
  }
}
