import { accessSync, constants, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { TickwireError } from "../../core/errors.js";
import { type Log, silentLog } from "../../core/log.js";
import type { Store } from "../store.js";
import { Connection } from "./connection.js";
import { failureOf, storeDown } from "./failure.js";
import { migrate, refuseForeign } from "./migrations.js";
import { SqliteStore } from "./sqlite-store.js";

export interface SqliteOptions {
  /** The store's clock. Default: this host's. */
  readonly clock?: () => Date;
  readonly log?: Log;
  /** How long a call waits for another process that writes, in ms; then STORE_DOWN. Default 5,000. */
  readonly patienceMs?: number;
  /** Called after each commit with the number of writes in it. */
  readonly onCommit?: (writes: number) => void;
}

/** SQLite may hold the whole event loop for so long; what waits longer waits in the loop. */
const BUSY_MS = 10;

/**
 * Opens the file, and makes it where there is none; its folder must exist. Any number of processes on one host may have it open.
 * Rejects with STORE_DOWN, naming the file and what to do, where it can't be read and written, is damaged, is not Tickwire's,
 * or was written by a newer Tickwire.
 */
export async function openSqliteStore(path: string, options: SqliteOptions = {}): Promise<Store> {
  const { clock = () => new Date(), log = silentLog, patienceMs = 5_000, onCommit = () => {} } = options;
  const file = resolve(path);
  checkPath(file);
  const db = await connect(file, patienceMs);
  return new SqliteStore(db, { clock, log, patienceMs, onCommit });
}

const SETTINGS = [
  // What is acknowledged survives the loss of power too: each commit syncs the log.
  "synchronous = FULL",
  "cache_size = -16000",
  "temp_store = MEMORY",
  "wal_autocheckpoint = 4000",
  "journal_size_limit = 67108864",
];

/** A connection that is set up and migrated. Waits for other processes as long as `patienceMs`. */
async function connect(file: string, patienceMs: number): Promise<Connection> {
  const until = performance.now() + patienceMs;
  for (;;) {
    let db: Connection | undefined;
    try {
      db = new Connection(file, BUSY_MS);
      setUp(db);
      return db;
    } catch (error) {
      db?.close();
      if (error instanceof TickwireError) throw error;
      if (failureOf(error) !== "busy" || performance.now() > until) throw storeDown(file, error);
      // Two processes that start at once: the switch to WAL answers busy at once, whatever the busy timeout is.
      await wait(2 + Math.random() * 10);
    }
  }
}

function setUp(db: Connection): void {
  refuseForeign(db);
  if (db.get("PRAGMA journal_mode = WAL")?.[0] !== "wal") {
    throw new TickwireError(
      "STORE_DOWN",
      `the SQLite file ${db.path} is on a file system without shared memory, which its log needs: put it on a local disk`,
      { file: db.path },
    );
  }
  for (const setting of SETTINGS) db.exec(`PRAGMA ${setting}`);
  migrate(db);
}

/** SQLite only says that it can't open a file: say which, and why. */
function checkPath(file: string): void {
  const folder = dirname(file);
  const refuse = (what: string, error?: unknown): never => {
    throw new TickwireError("STORE_DOWN", `the SQLite file ${file} can't be used: ${what}`, { file }, { cause: error });
  };
  const found = statSync(file, { throwIfNoEntry: false });
  if (found && !found.isFile()) refuse("it is not a file: name one");
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    refuse(`the folder ${folder} does not exist: make it, or name another file`);
  }
  for (const path of found ? [file, folder] : [folder]) {
    try {
      accessSync(path, constants.R_OK | constants.W_OK);
    } catch (error) {
      refuse(`${path} is read-only: give this user the right to write the file and its folder`, error);
    }
  }
}
