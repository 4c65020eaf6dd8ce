import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "../repo/tree.js";

/** What scripts/mongo.mjs prints. */
export type MongoChoice =
  | { readonly kind: "given"; readonly uri: string }
  | { readonly kind: "mongod"; readonly file: string }
  | { readonly kind: "container"; readonly engine: string; readonly image: string }
  | { readonly kind: "stand-in"; readonly file: string }
  | { readonly skip: string };

/** Which MongoDB the tests talk to; `own`: not one that others use too. It installs the stand-in where that is needed. */
export async function chooseMongo(own: boolean): Promise<MongoChoice> {
  const args = [join(root, "scripts/run.mjs"), "mongo", ...(own ? ["own"] : [])];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as MongoChoice;
}
