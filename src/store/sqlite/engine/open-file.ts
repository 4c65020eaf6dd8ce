import { accessSync, constants, statSync } from "node:fs";
import { dirname } from "node:path";
import { TickwireError } from "../../../core/errors.js";
import { Connection } from "./connection.js";
import { Engine } from "./engine.js";
import { migrate, refuseForeign } from "./migrations.js";
import { deadElsewhere, type Note } from "./other-hosts.js";
import { patiently } from "./patience.js";

/** How long one call may wait inside SQLite for another process; what waits longer is asked again by the face. */
const BUSY_MS = 10;

const SETTINGS = [
  // What is acknowledged survives the loss of power too: each commit syncs the log.
  "synchronous = FULL",
  "cache_size = -16000",
  "temp_store = MEMORY",
  "wal_autocheckpoint = 4000",
  "journal_size_limit = 67108864",
];

/**
 * Opens the file, makes it where there is none, and brings it to this program's version. Waits for other processes as long as
 * `patienceMs`, and for a server that may live on another host a whole TTL of its lease, which it tells; then, and where the
 * file can't be used, throws STORE_DOWN with the file's name and what to do.
 */
export async function openFile(
  file: string,
  patienceMs: number,
  tell: (note: Note) => void = () => {},
): Promise<Engine> {
  checkPath(file);
  const dead = await deadElsewhere(file, patienceMs, tell);
  const engine = await patiently(file, patienceMs, () => open(file));
  try {
    await patiently(file, patienceMs, () => engine.cleanUp(dead));
  } catch (error) {
    engine.close();
    throw error;
  }
  for (const { server, host } of dead) {
    tell({
      message: "a server of another boot or host is gone; its lease was taken over",
      facts: { file, server, host },
    });
  }
  return engine;
}

function open(file: string): Engine {
  const db = new Connection(file, BUSY_MS);
  try {
    setUp(db);
    return new Engine(db);
  } catch (error) {
    db.close();
    throw error;
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
