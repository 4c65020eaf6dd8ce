// The PgBouncer that tests of poolers put before a PostgreSQL: the installed one, else Debian's package is installed if we may.
// `node scripts/run.mjs pgbouncer` prints one line of JSON, so tests wait for an installation by waiting for a process.
import { accessSync, constants } from "node:fs";
import { ensureDebian } from "./debian.mjs";
import { onPath } from "./on-path.mjs";

/** Where daemons are, which is not on everybody's path. */
const daemon = "/usr/sbin/pgbouncer";

/** Prints `{file}` or `{skip: why}`. */
export async function run() {
  try {
    console.log(JSON.stringify({ file: await ensureDebian({ name: "pgbouncer", what: "PgBouncer", find }) }));
  } catch (error) {
    if (!error.told) throw error;
    console.log(JSON.stringify({ skip: error.message }));
  }
}

function find() {
  const found = onPath("pgbouncer");
  if (found) return found;
  try {
    accessSync(daemon, constants.X_OK);
    return daemon;
  } catch {
    return undefined;
  }
}
