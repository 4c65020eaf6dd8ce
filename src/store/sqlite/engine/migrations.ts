import { TickwireError } from "../../../core/errors.js";
import type { Connection } from "./connection.js";
import { SCHEMA_1, SCHEMA_2, SCHEMA_3, SCHEMA_4 } from "./schema.js";

/** In order; the file's version (`user_version`) is how many of them it has had. One that was released never changes. */
export const MIGRATIONS: readonly string[] = [SCHEMA_1, SCHEMA_2, SCHEMA_3, SCHEMA_4];

/** Marks the file as Tickwire's ("Tick" in ASCII), so that another program's database is never written to. */
const APPLICATION_ID = 0x5469636b;

/**
 * Brings the file to this program's version, one transaction a step, and none where it is there already. Two processes that
 * start at once wait for each other: the version is read inside the transaction that changes it.
 */
export function migrate(db: Connection, migrations: readonly string[] = MIGRATIONS): void {
  refuseForeign(db, migrations.length);
  while (versionOf(db) < migrations.length) {
    db.writing(() => {
      refuseForeign(db, migrations.length);
      const version = versionOf(db);
      const step = migrations[version];
      if (step === undefined) return;
      db.exec(step);
      db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${version + 1};`);
    });
  }
}

/** Throws where the file is not Tickwire's, or of a version above `known`. Writes nothing. */
export function refuseForeign(db: Connection, known = MIGRATIONS.length): void {
  // In one state of the file: another process may be making it, and half of what it made looks foreign.
  const [version, application, empty] = db.reading(() => {
    const [version, application] = [versionOf(db), pragma(db, "application_id")];
    const tables = db.get("SELECT 1 FROM sqlite_schema LIMIT 1");
    return [version, application, version === 0 && application === 0 && tables === undefined];
  });
  if (!empty && application !== APPLICATION_ID) {
    throw new TickwireError(
      "STORE_DOWN",
      `the SQLite file ${db.path} is another program's database, not Tickwire's: name another file`,
      { file: db.path },
    );
  }
  if (version > known) {
    throw new TickwireError(
      "STORE_DOWN",
      `the SQLite file ${db.path} has version ${version}, and this Tickwire knows versions up to ${known}: ` +
        "a newer Tickwire wrote it; run that one, or name another file",
      { file: db.path, version: String(version), known: String(known) },
    );
  }
}

function versionOf(db: Connection): number {
  return pragma(db, "user_version");
}

function pragma(db: Connection, name: string): number {
  return Number(db.get(`PRAGMA ${name}`)?.[0] ?? 0);
}
