import { type Log, silentLog } from "../../core/log.js";
import { KeptSample } from "../kept-sample.js";
import type { Store } from "../store.js";
import { checkServer, checkSession } from "./check-server.js";
import { type Context, StoreClock } from "./context.js";
import { Database, STATEMENT_MS, Statements } from "./database.js";
import { DeadRows } from "./dead-rows.js";
import { insist, storeError } from "./failure.js";
import { migrate } from "./migrate.js";
import { placeOf } from "./place.js";
import { PostgresStore } from "./postgres-store.js";
import { sampleJobs } from "./sample-jobs.js";
import { Waker } from "./waker.js";

export interface PostgresOptions {
  /** The store's clock, for tests. Default: the server's own. */
  readonly clock?: () => Date;
  readonly log?: Log;
  /** Bring the schema to this version. False: what is missing is told instead. Default true. */
  readonly migrate?: boolean;
}

/** Connections for calls. More than a server has cores for does not make it faster, and others have theirs there. */
const CONNECTIONS = 10;

/**
 * Connects, and brings the schema to this version. Rejects with BAD_FIELD where the URL is wrong, and with STORE_DOWN, saying
 * what to do, where the server can't be reached or may not be used.
 */
export async function openPostgresStore(url: string, options: PostgresOptions = {}): Promise<Store> {
  const { clock, log = silentLog } = options;
  const place = placeOf(url);
  const statements = new Statements(place.schema);
  const database = (connections: number, patient = false) =>
    new Database({ url: place.url, connections, statements, log, patient });
  const [db, leases, patient] = [database(CONNECTIONS), database(1), database(1, true)];
  const close = async () => void (await Promise.all([db.close(), leases.close()]));
  try {
    await insist(STATEMENT_MS, async () => {
      await checkSession(place.url);
      await checkServer(db);
      await migrate(db, patient, place.schema, options.migrate ?? true, log);
    });
    await patient.close();
    const context: Context = {
      db,
      leases,
      schema: place.schema,
      clock: new StoreClock(clock),
      waker: new Waker({ ...place, db, log }),
      sample: new KeptSample(() => sampleJobs(db)),
      deadRows: new DeadRows(db, log),
      log,
    };
    return new PostgresStore(context, close);
  } catch (error) {
    await Promise.all([close(), patient.close().catch(() => {})]);
    throw storeError(error);
  }
}
