import { silentLog } from "../../src/core/log.js";
import { KeptSample } from "../../src/store/kept-sample.js";
import { type Context, StoreClock } from "../../src/store/postgres/context.js";
import type { Database } from "../../src/store/postgres/database.js";
import { DeadRows } from "../../src/store/postgres/dead-rows.js";
import { PostgresStore } from "../../src/store/postgres/postgres-store.js";
import { sampleJobs } from "../../src/store/postgres/sample-jobs.js";
import { Waker } from "../../src/store/postgres/waker.js";
import type { Store } from "../../src/store/store.js";
import { at } from "../store/suite/clock.js";

/** A store all of whose statements go through `db`, which watches them, and on to `real`. It tells nobody of what it writes. */
export function storeOn(
  db: Pick<Database, "rows" | "timely" | "read" | "transaction">,
  real: Database,
  schema: string,
): Store {
  const clock = new StoreClock(() => at(0));
  const waker = new Waker({ url: "", schema, db: real, log: silentLog });
  waker.stop();
  const kept = { sample: new KeptSample(() => sampleJobs(real)), deadRows: new DeadRows(real, silentLog) };
  const context = { db, leases: db, schema, clock, waker, ...kept, log: silentLog } as unknown as Context;
  return new PostgresStore(context, () => real.close());
}
