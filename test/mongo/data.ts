import { randomBytes } from "node:crypto";
import { MongoClient } from "mongodb";
import { runDoc } from "../../src/store/mongo/codec.js";
import { openMongoStore } from "../../src/store/mongo/store.js";
import { runIdOf } from "../../src/store/token.js";
import type { Data } from "../store/suite/harness.js";

/** The URI with this database in its path. */
export function withDatabase(uri: string, database: string): string {
  const [, before = "", query = ""] = /^([^?]*)(\?.*)?$/.exec(uri) ?? [];
  return `${before.replace(/^(mongodb(?:\+srv)?:\/\/[^/]*)\/?.*$/, "$1")}/${database}${query}`;
}

/** A database of its own, dropped at the end. */
export function mongoData(uri: string): Required<Data> {
  const name = `tickwire_test_${randomBytes(8).toString("hex")}`;
  const url = withDatabase(uri, name);
  const using = async <T>(work: (client: MongoClient) => Promise<T>): Promise<T> => {
    const client = new MongoClient(url);
    try {
      return await work(client);
    } finally {
      await client.close();
    }
  };
  let position = 0;
  return {
    url,
    open: async (clock) => await openMongoStore(url, { clock }),
    half: async ({ run }) => {
      const doc = runDoc(run, String(position++).padStart(26, "0"), runIdOf(run.token));
      await using(async (client) => await client.db(name).collection<typeof doc>("runs").insertOne(doc));
    },
    remove: async () => {
      await using(async (client) => await client.db(name).dropDatabase());
    },
  };
}
