import { resolve } from "node:path";
import { type Log, silentLog } from "../../core/log.js";
import type { Store } from "../store.js";
import type { Note } from "./engine/other-hosts.js";
import { openInline } from "./executor.js";
import { SqliteStore } from "./sqlite-store.js";
import { openThread } from "./thread-executor.js";

export interface SqliteOptions {
  /** The store's clock. Default: this host's. */
  readonly clock?: () => Date;
  readonly log?: Log;
  /** How long a call waits for another process that writes, in ms; then STORE_DOWN. Default 5,000. */
  readonly patienceMs?: number;
  /** Called after each commit with the number of writes in it. */
  readonly onCommit?: (writes: number) => void;
  /** False: SQLite runs on the caller's thread. Default true: docs/decisions/sqlite-thread.md has the figures of both. */
  readonly thread?: boolean;
}

/**
 * Opens the file, and makes it where there is none; its folder must exist. Any number of processes on one host may have it open.
 * Rejects with STORE_DOWN, naming the file and what to do, where it can't be read and written, is damaged, is not Tickwire's,
 * was written by a newer Tickwire, or is open on another host. To know the latter it may wait for as long as the lease of a
 * server there lasts.
 */
export async function openSqliteStore(path: string, options: SqliteOptions = {}): Promise<Store> {
  const { clock = () => new Date(), log = silentLog, patienceMs = 5_000, onCommit = () => {}, thread = true } = options;
  const file = resolve(path);
  const tell = ({ message, facts }: Note): void => log.warn(facts, message);
  const executor = await (thread ? openThread : openInline)(file, patienceMs, tell);
  return new SqliteStore(executor, { file, clock, log, patienceMs, onCommit });
}
