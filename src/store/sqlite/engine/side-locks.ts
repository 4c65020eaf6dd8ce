import { existsSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { basename, dirname } from "node:path";
import { newToken } from "../../token.js";
import { Connection } from "./connection.js";
import { failureOf, storeDown } from "./failure.js";

/** Another process may look at a new file before it is locked; it does so once a minute. */
const TRIES = 10;

/**
 * A server's proof of life: for as long as its lease is open it holds the lock of an empty database beside the file,
 * `FILE-lease-ID`. The kernel frees the lock when the process ends, however it ends, and keeps it while the process is only
 * stopped. (A pid proves nothing: it is used again, and two containers each have their own pid 1. Node has no flock.)
 *
 * A free lock proves its owner dead. A file that is not there proves nothing: somebody may have removed it. A file is removed
 * only under its lock. Nothing but SQLite may open these files in this process: closing any handle of a file frees all of the
 * process's locks on it, which SQLite alone takes care not to do.
 */
export class SideLocks {
  readonly #prefix: string;
  readonly #held = new Map<string, Connection>();

  /** `file`: the database, which exists. Whichever link it was opened by, its side files have one name. */
  constructor(file: string) {
    this.#prefix = `${realpathSync(file)}-lease-`;
  }

  /** A new lease's id, under which the lock is held from now on. */
  hold(): string {
    for (let tries = 0; tries < TRIES; tries++) {
      const lease = newToken();
      const lock = this.#lock(lease, "rwc");
      // Whoever tidied between the making and the locking has removed it: the lock is that of a file without a name.
      if (lock && existsSync(this.#pathOf(lease))) {
        this.#held.set(lease, lock);
        return lease;
      }
      lock?.close();
    }
    throw new Error("no side file could be locked");
  }

  /** Whether the lock is held by this very handle. */
  holds(lease: string): boolean {
    return this.#held.has(lease);
  }

  /** Free: its owner is dead. Held: it lives. Unknown: there is no such file, or it can't be opened. */
  state(lease: string): "free" | "held" | "unknown" {
    try {
      const lock = this.#lock(lease, "rw");
      lock?.close();
      if (lock) return "free";
      return existsSync(this.#pathOf(lease)) ? "held" : "unknown";
    } catch {
      return "unknown";
    }
  }

  /** Frees the lock and leaves the file, by which others see that the owner is gone. */
  letGo(lease: string): void {
    this.#held.get(lease)?.close();
    this.#held.delete(lease);
  }

  /** Removes the file of a lease that has ended, unless somebody else holds it. */
  remove(lease: string): void {
    let lock = this.#held.get(lease);
    this.#held.delete(lease);
    try {
      lock ??= this.#lock(lease, "rw");
      if (lock) rmSync(this.#pathOf(lease), { force: true });
    } catch {
      // The next one to tidy removes it.
    }
    lock?.close();
  }

  /** The leases that have a file, other than those held here. */
  others(): string[] {
    const start = basename(this.#prefix);
    return readdirSync(dirname(this.#prefix))
      .filter((name) => name.startsWith(start))
      .map((name) => name.slice(start.length))
      .filter((lease) => /^[0-9a-f]{32}$/.test(lease) && !this.#held.has(lease));
  }

  /** Frees every lock: a lease that was not closed before is found dead. */
  close(): void {
    for (const lease of [...this.#held.keys()]) this.letGo(lease);
  }

  #pathOf(lease: string): string {
    return this.#prefix + lease;
  }

  /** Undefined where somebody holds it, or, unless it may be made (`rwc`), where it is missing. Never waits. */
  #lock(lease: string, mode: "rw" | "rwc"): Connection | undefined {
    const path = this.#pathOf(lease);
    if (mode === "rw" && !existsSync(path)) return undefined;
    let db: Connection | undefined;
    try {
      db = new Connection(path, 0, mode);
      // A rollback journal, because a log has no exclusive lock; in memory, so that there is no second file.
      db.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
      return db;
    } catch (error) {
      db?.close();
      if (failureOf(error) === "busy" || (mode === "rw" && !existsSync(path))) return undefined;
      throw storeDown(path, error);
    }
  }
}
