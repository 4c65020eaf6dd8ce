import { TickwireError } from "../../core/errors.js";
import type { Database } from "./database.js";

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
