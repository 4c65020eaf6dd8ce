import { randomBytes } from "node:crypto";
import { withClient } from "../../test/postgres/data.js";

/**
 * What a production server of this machine's size would have: its memory's share, room for the log between checkpoints. Above
 * all it is durable.
 */
export const SETTINGS = { fsync: "on", synchronous_commit: "on", shared_buffers: "2GB", max_wal_size: "8GB" };

/** Does its work on an empty database of its own, which is dropped then. */
export async function onDatabase<T>(uri: string, work: (uri: string) => Promise<T>): Promise<T> {
  const name = `tickwire_bench_${randomBytes(8).toString("hex")}`;
  await withClient(uri, async (client) => await client.query(`CREATE DATABASE ${name}`));
  try {
    const own = new URL(uri);
    own.pathname = `/${name}`;
    return await work(own.href);
  } finally {
    await withClient(uri, async (client) => {
      await client.query(`DROP DATABASE ${name} WITH (FORCE)`);
    });
  }
}

/** The server's settings that figures depend on. */
export async function settingsOf(uri: string): Promise<string> {
  return await withClient(uri, async (client) => {
    const names = ["server_version", ...Object.keys(SETTINGS)];
    const { rows } = await client.query("SELECT name, current_setting(name) AS value FROM unnest($1::text[]) AS name", [
      names,
    ]);
    return rows.map(({ name, value }) => `${name} ${value}`).join(", ");
  });
}
