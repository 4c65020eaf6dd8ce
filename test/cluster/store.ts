import { join } from "node:path";
import Database from "libsql";
import { mongo } from "./mongo.js";
import { postgres } from "./postgres.js";

/** One store that many servers share. */
export interface ClusterStore extends AsyncDisposable {
  readonly name: string;
  /** The test's own way to it, which no fault touches. */
  readonly url: string;
  /** What server `n` opens. */
  urlOf(server: number): string;
  /** From now on nobody can write, until the returned function was called. */
  away(): () => void;
  /** Cuts one server from the store, until the returned function was called. Absent where no network lies between. */
  cut?(server: number): () => void;
}

export type EngineName = "sqlite" | "mongodb" | "postgres";

/** An empty store of this engine for so many servers. What is kept in files is in `folder`. */
export async function clusterStore(engine: EngineName, servers: number, folder: string): Promise<ClusterStore> {
  switch (engine) {
    case "sqlite":
      return await sqlite(folder);
    case "mongodb":
      return await mongo(servers);
    case "postgres":
      return await postgres(servers);
  }
}

/** One file on one host. What stands for its being away is another process that writes and does not end. */
async function sqlite(folder: string): Promise<ClusterStore> {
  const file = join(folder, "store.db");
  const url = `sqlite:${file}`;
  return {
    name: "sqlite",
    url,
    urlOf: () => url,
    away: () => {
      const writer = new Database(file, { timeout: 2_000 });
      writer.exec("BEGIN IMMEDIATE");
      return () => {
        writer.exec("ROLLBACK");
        writer.close();
      };
    },
    [Symbol.asyncDispose]: async () => {},
  };
}
