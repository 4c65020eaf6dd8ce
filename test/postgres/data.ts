import { randomBytes } from "node:crypto";
import pg from "pg";
import { openPostgresStore } from "../../src/store/postgres/store.js";
import type { Data } from "../store/suite/harness.js";

/** A schema of its own, dropped at the end. */
export function postgresData(uri: string): Required<Omit<Data, "half">> & { readonly schema: string } {
  const schema = `test_${randomBytes(8).toString("hex")}`;
  const url = `${uri}${uri.includes("?") ? "&" : "?"}schema=${schema}`;
  return {
    url,
    schema,
    open: async (clock) => await openPostgresStore(url, { clock }),
    remove: async () => {
      await withClient(uri, async (client) => await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`));
    },
  };
}

/** A connection of the test's own. */
export async function withClient<T>(uri: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(uri);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
