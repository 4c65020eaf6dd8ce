import { join } from "node:path";
import Database from "libsql";

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

type Engine = (folder: string) => Promise<ClusterStore>;

const ENGINES: Readonly<Record<string, Engine>> = { sqlite };

/** The store that TICKWIRE_TEST_CLUSTER_STORE names: sqlite, unless it says otherwise. Its data is in `folder`. */
export async function clusterStore(folder: string): Promise<ClusterStore> {
  const { TICKWIRE_TEST_CLUSTER_STORE: name = "sqlite" } = process.env;
  const open = ENGINES[name];
  if (!open) throw new Error(`TICKWIRE_TEST_CLUSTER_STORE: one of ${Object.keys(ENGINES).join(", ")}; got ${name}`);
  return await open(folder);
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
