import pg from "pg";
import { TickwireError } from "../../core/errors.js";
import { connectionOptions, type Database, STATEMENT_MS, session } from "./database.js";

/** `gen_random_uuid` came with it, and the version before is not maintained any more. */
const OLDEST = 130_000;

/** Refuses what can't hold every text, or does not know what the store asks for. */
export async function checkServer(db: Database): Promise<void> {
  const [row] = await db.rows("SELECT current_setting('server_version_num')::int, current_setting('server_encoding')");
  const [version, encoding] = row as unknown as [number, string];
  if (version < OLDEST) {
    throw new TickwireError("STORE_DOWN", `this PostgreSQL is too old (${version}): Tickwire needs 13 or newer`);
  }
  if (encoding !== "UTF8") {
    throw new TickwireError(
      "STORE_DOWN",
      `this database's encoding is ${encoding}: create one with ENCODING 'UTF8' for Tickwire`,
    );
  }
}

/** A pooler that others use too may give a session the same backend again by chance. */
const SESSION_LOOKS = 3;

/**
 * Refuses a pooler that gives a session's backend to others between two statements: settings, prepared statements and LISTEN
 * would be lost, or another's. It is known by a session whose backend changes while another one is in a transaction, which
 * has taken it then.
 */
export async function checkSession(url: string): Promise<void> {
  const one = new pg.Client(connectionOptions(url));
  const other = new pg.Client(connectionOptions(url));
  const backend = async () => (await one.query("SELECT pg_backend_pid() AS pid")).rows[0]?.pid;
  try {
    for (const client of [one, other]) {
      // Who waits for an answer is told by that.
      client.on("error", () => {});
      await client.connect();
      // Some poolers keep a session whole once it has set something.
      await client.query(session(STATEMENT_MS));
    }
    for (let look = 0; look < SESSION_LOOKS; look++) {
      const before = await backend();
      await other.query("BEGIN");
      await other.query("SELECT 1");
      const now = await backend();
      await other.query("COMMIT");
      if (now === before) continue;
      throw new TickwireError(
        "STORE_DOWN",
        "this PostgreSQL is behind a pooler that does not keep sessions: set it to session mode, or connect directly",
      );
    }
  } finally {
    for (const client of [one, other]) void client.end().catch(() => {});
  }
}
