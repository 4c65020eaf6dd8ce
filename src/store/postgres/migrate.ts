import { createHash } from "node:crypto";
import { TickwireError } from "../../core/errors.js";
import type { Log } from "../../core/log.js";
import type { Database } from "./database.js";
import { stateOf } from "./failure.js";
import { SCHEMA_1 } from "./schema.js";

/** In the order of their numbers, from 1. What was released is never changed. */
const MIGRATIONS: readonly (readonly string[])[] = [SCHEMA_1];
export const NEWEST_VERSION = MIGRATIONS.length;

const VERSION = "SELECT coalesce(max(version), 0) FROM @migrations";

/**
 * Brings the schema to this version: all steps that are missing in one transaction, under a lock, so that of two servers that
 * start at once one does it and the other finds it done. A schema that is up to date is only read. With `make` false what is
 * missing is told instead. `patient`: for steps that may take long, and for waiting for another server's; the caller's to close.
 */
export async function migrate(db: Database, patient: Database, schema: string, make: boolean, log: Log): Promise<void> {
  const before = await versionOf(db);
  if (before === NEWEST_VERSION) return;
  refuseNewer(before, schema);
  if (!make) {
    throw new TickwireError(
      "STORE_DOWN",
      `the schema ${schema} has version ${before}, and this Tickwire needs ${NEWEST_VERSION}: run \`tickwire migrate\``,
    );
  }
  await patient.transaction(`SELECT pg_advisory_xact_lock(${lockKey(`migrate ${schema}`)})`, async (rows) => {
    // A user that may not create schemas may yet have one.
    const [there] = await rows("SELECT 1 FROM pg_namespace WHERE nspname = $1", [schema]);
    if (!there) await rows(`CREATE SCHEMA "${schema}"`);
    await rows("CREATE TABLE IF NOT EXISTS @migrations (version int PRIMARY KEY, made_at timestamptz NOT NULL)");
    const version = Number((await rows(VERSION))[0]?.[0]);
    refuseNewer(version, schema);
    for (let next = version + 1; next <= NEWEST_VERSION; next++) {
      for (const sql of MIGRATIONS[next - 1] ?? []) await rows(sql);
      await rows("INSERT INTO @migrations VALUES ($1, clock_timestamp())", [next]);
      log.info({ schema, version: next }, "the schema was brought to this version");
    }
  });
}

async function versionOf(db: Database): Promise<number> {
  try {
    return Number((await db.rows(VERSION))[0]?.[0]);
  } catch (error) {
    // Neither the schema nor the table is there.
    if (stateOf(error) === "42P01" || stateOf(error) === "3F000") return 0;
    throw error;
  }
}

function refuseNewer(version: number, schema: string): void {
  if (version <= NEWEST_VERSION) return;
  throw new TickwireError(
    "STORE_DOWN",
    `the schema ${schema} has version ${version}, and this Tickwire knows ${NEWEST_VERSION}: use a newer Tickwire`,
  );
}

/** For advisory locks, which have numbers for names: a text to 64 bits. */
export function lockKey(name: string): string {
  return createHash("sha256").update(`tickwire ${name}`).digest().readBigInt64BE().toString();
}
