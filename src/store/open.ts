import { TickwireError } from "../core/errors.js";
import type { Log } from "../core/log.js";
import { openMemoryStore } from "./memory/store.js";
import type { Store } from "./store.js";

export interface OpenOptions {
  /** The store's clock. Default: this host's. */
  readonly clock?: () => Date;
  /** What the store has to tell its operator. Default: nothing. */
  readonly log?: Log;
  /** MongoDB alone: take a server that is no member of a replica set, and can lose what it acknowledged. */
  readonly allowStandalone?: boolean;
  /** PostgreSQL alone: bring the schema to this version. False: what is missing is told instead. Default true. */
  readonly migrate?: boolean;
}

const FORMS = "memory:, sqlite:PATH, mongodb://HOST/DATABASE or postgres://HOST/DATABASE";

/**
 * Opens the store that a URL names: `memory:`, `sqlite:PATH` (the file is made where there is none), `mongodb://` or
 * `postgres://`. An engine's code is loaded only where it is asked for. Rejects with BAD_FIELD on any other URL, without its password.
 */
export async function openStore(url: string, options: OpenOptions = {}): Promise<Store> {
  const colon = url.indexOf(":");
  const scheme = colon < 0 ? "" : url.slice(0, colon).toLowerCase();
  const rest = url.slice(colon + 1);
  switch (scheme) {
    case "memory":
      if (rest !== "") throw refused(url, "memory: takes nothing behind the colon");
      return openMemoryStore(options);
    case "sqlite": {
      if (rest === "") throw refused(url, "sqlite: needs the path of a file, as in sqlite:./tickwire.db");
      const { openSqliteStore } = await import("./sqlite/store.js");
      return await openSqliteStore(rest, options);
    }
    case "mongodb":
    case "mongodb+srv": {
      const { openMongoStore } = await import("./mongo/store.js");
      return await openMongoStore(url, options);
    }
    case "postgres":
    case "postgresql": {
      const { openPostgresStore } = await import("./postgres/store.js");
      return await openPostgresStore(url, options);
    }
    case "":
      throw refused(url, `no scheme; use ${FORMS}`);
    default:
      throw refused(url, `unknown scheme; use ${FORMS}`);
  }
}

function refused(url: string, why: string): TickwireError {
  // A database's URL often holds a password.
  const shown = url.replace(/\/\/.*@/, "//***@");
  const description = `${why} (got ${JSON.stringify(shown)})`;
  const violations = [{ field: "store", description }];
  return new TickwireError("BAD_FIELD", `store: ${description}`, { field: "store" }, { violations });
}
