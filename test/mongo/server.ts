import { type Backend, startGiven } from "./backend.js";
import { chooseMongo, type MongoChoice } from "./choice.js";
import { startContainer } from "./container.js";
import { startMongod, startStandIn } from "./local.js";

export interface MongoServerOptions {
  /** An acknowledged write survives kill -9: slower on the stand-in, always so on MongoDB. */
  readonly syncOnCommit?: boolean;
  /** The test kills it: never the server of TICKWIRE_TEST_MONGODB_URI, which others use too. */
  readonly mayKill?: boolean;
  /** No member of a replica set. Only with `mayKill`, and not in a container: then there is none. */
  readonly standalone?: boolean;
}

/** A MongoDB for a test. Where it was given, others' databases are on it: name your own, and drop it. */
export interface MongoServer extends AsyncDisposable {
  /** Stays the same over a restart. */
  readonly uri: string;
  readonly kind: "given" | "mongod" | "container" | "stand-in";
  /** Of the process that runs now; absent for a given one and a container. */
  readonly pid: number | undefined;
  /** kill -9, resolved once it is gone. Twice is fine. */
  kill(): Promise<void>;
  /** Starts it again on the same data and port, killing it first where it runs; resolves once it takes writes. */
  restart(): Promise<void>;
  /** Ends it and removes its data. Twice is fine. */
  stop(): Promise<void>;
}

/**
 * The MongoDB to test on: TICKWIRE_TEST_MONGODB_URI; a mongod on the path; a container; the stand-in. Where there is none,
 * `skip` says why; in CI it throws. The first call may wait for the stand-in's installation, which takes minutes.
 */
export async function mongoServer(options: MongoServerOptions = {}): Promise<MongoServer | { readonly skip: string }> {
  const choice = await chooseMongo(options.mayKill ?? false);
  if ("skip" in choice) {
    const { CI } = process.env;
    if (CI === "true") throw new Error(choice.skip);
    return choice;
  }
  if (options.standalone && choice.kind === "container")
    return { skip: "a standalone server is not run in a container" };
  const backend = await start(choice, options);
  return {
    uri: backend.uri,
    kind: choice.kind,
    get pid() {
      return backend.pid;
    },
    kill: async () => await backend.kill(),
    restart: async () => {
      await backend.kill();
      await backend.start();
    },
    stop: async () => await backend.remove(),
    [Symbol.asyncDispose]: async () => await backend.remove(),
  };
}

async function start(
  choice: Exclude<MongoChoice, { readonly skip: string }>,
  { syncOnCommit = false, standalone = false }: MongoServerOptions,
): Promise<Backend> {
  switch (choice.kind) {
    case "given":
      return startGiven(choice.uri);
    case "mongod":
      return await startMongod(choice.file, standalone);
    case "container":
      return await startContainer(choice.engine, choice.image);
    case "stand-in":
      return await startStandIn(choice.file, { syncOnCommit, standalone });
  }
}
