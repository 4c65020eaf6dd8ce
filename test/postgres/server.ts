import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "../repo/tree.js";
import { startLocal } from "./local.js";

export interface PostgresServerOptions {
  /** The test ends, restarts or changes it: never the server of TICKWIRE_TEST_POSTGRES_URI, which others use too. */
  readonly own?: boolean;
  /** Settings, as `-c` takes them. A given server keeps its own. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A PostgreSQL for a test. Where it was given, others' schemas are in its database: name your own, and drop it. */
export interface PostgresServer {
  /** Stays the same over a restart. */
  readonly uri: string;
  readonly kind: "given" | "local";
  /** Of the process that runs now; absent for a given one. */
  readonly pid: number | undefined;
  /** kill -9 of the server, resolved once it is gone. Twice is fine. */
  kill(): Promise<void>;
  /** Starts it again on the same data and port, ending it first where it runs: with an orderly end of all connections. */
  restart(): Promise<void>;
  /** Ends it and removes its data. Twice is fine. */
  stop(): Promise<void>;
}

type Choice =
  | { readonly kind: "given"; readonly uri: string }
  | { readonly kind: "local"; readonly bin: string }
  | { readonly skip: string };

/**
 * The PostgreSQL to test on: TICKWIRE_TEST_POSTGRES_URI, or one of our own. Where there is none, `skip` says why; in CI it
 * throws.
 */
export async function postgresServer(
  options: PostgresServerOptions = {},
): Promise<PostgresServer | { readonly skip: string }> {
  const choice = await choose(options.own ?? false);
  if ("skip" in choice) return choice;
  return choice.kind === "given" ? given(choice.uri) : await startLocal(choice.bin, options.settings ?? {});
}

/** The folder of `postgres` and `initdb`, to start servers of one's own. */
export async function postgresPrograms(): Promise<{ readonly bin: string } | { readonly skip: string }> {
  const choice = await choose(true);
  if ("skip" in choice || choice.kind === "local") return choice;
  throw new Error("a PostgreSQL of the test's own is never a given one");
}

async function choose(own: boolean): Promise<Choice> {
  const args = [join(root, "scripts/run.mjs"), "postgres", ...(own ? ["own"] : [])];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const choice = JSON.parse(stdout) as Choice;
  const { CI } = process.env;
  if ("skip" in choice && CI === "true") throw new Error(choice.skip);
  return choice;
}

function given(uri: string): PostgresServer {
  const refuse = async (): Promise<never> => {
    throw new Error("a given PostgreSQL is not the test's to end: ask for one of its own");
  };
  return { uri, kind: "given", pid: undefined, kill: refuse, restart: refuse, stop: async () => {} };
}
