import { randomBytes } from "node:crypto";
import { MongoClient } from "mongodb";
import { withDatabase } from "../mongo/data.js";
import { mongoServer } from "../mongo/server.js";

/** A database on the MongoDB that the tests use. */
export interface Database extends AsyncDisposable {
  readonly url: string;
  /** For people: what it is on. */
  readonly on: string;
}

/** Dropped when it is disposed of, with its MongoDB where that was started for it. Or why there is none; in CI it throws then. */
export async function openDatabase(): Promise<Database | { readonly skip: string }> {
  const server = await mongoServer();
  if ("skip" in server) return server;
  const name = `tickwire_cluster_${randomBytes(4).toString("hex")}`;
  return {
    url: withDatabase(server.uri, name),
    on: server.pid === undefined ? server.kind : `${server.kind}, pid ${server.pid}`,
    [Symbol.asyncDispose]: async () => {
      if (server.kind === "given") {
        const client = new MongoClient(server.uri);
        await client.db(name).dropDatabase();
        await client.close();
      }
      await server.stop();
    },
  };
}
