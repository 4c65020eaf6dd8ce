import { type Log, silentLog } from "../../core/log.js";
import { KeptSample } from "../kept-sample.js";
import type { Store } from "../store.js";
import { checkTopology, clientsOf, placeOf } from "./connect.js";
import { COMMAND_MS, type Context, collectionsOf } from "./context.js";
import { storeError } from "./failure.js";
import { MongoStore } from "./mongo-store.js";
import { positionMaker } from "./positions.js";
import { sampleJobs } from "./sample-jobs.js";
import { makeSchema } from "./schema.js";
import { StoreTime } from "./store-time.js";
import { Waker } from "./waker.js";

export interface MongoOptions {
  /** The store's clock, for tests. Default: the server's own. With it nothing is removed by the server's clock. */
  readonly clock?: () => Date;
  readonly log?: Log;
  /** Take a server that is no member of a replica set. Default false. */
  readonly allowStandalone?: boolean;
  /** Hears of each command, as it is sent and as it is answered: for counting them. Default: nobody does. */
  readonly onCommand?: (name: string, what: "sent" | "answered") => void;
}

/**
 * Connects, and makes the collections and indexes that are missing. Rejects with BAD_FIELD where the URL is wrong, and with
 * STORE_DOWN, saying what to do, where the server can't be reached or may not be used.
 */
export async function openMongoStore(url: string, options: MongoOptions = {}): Promise<Store> {
  const { clock, log = silentLog, allowStandalone = false, onCommand } = options;
  const place = placeOf(url);
  const connection = clientsOf(place, log, onCommand);
  const { work, leases } = connection;
  const { db } = work;
  try {
    const sharded = await checkTopology(db, log, allowStandalone);
    const expires = clock === undefined;
    const collections = collectionsOf(work, leases, place.prefix);
    const made = await makeSchema(db, collections, expires);
    const time = new StoreTime(() => work.db, clock, COMMAND_MS);
    await time.read();
    // Into the same object: it answers with the collections of the clients that are current.
    const context: Context = Object.assign(collections, {
      time,
      position: positionMaker(() => time.about()),
      waker: new Waker(() => collections.wake, work, log),
      log,
      sample: new KeptSample(() => sampleJobs(collections.jobs)),
      crowded: new Set<string>(),
      expires,
      sharded: sharded && made.sharded,
    });
    return new MongoStore(context, connection);
  } catch (error) {
    await connection.close();
    throw storeError(error);
  }
}
