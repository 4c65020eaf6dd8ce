import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "../repo/tree.js";

/** PgBouncer's program, installed where that may be done. Where it can't be had, `skip` says why; in CI it throws. */
export async function pgbouncer(): Promise<{ readonly file: string } | { readonly skip: string }> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(root, "scripts/run.mjs"), "pgbouncer"]);
  const found = JSON.parse(stdout) as { readonly file: string } | { readonly skip: string };
  const { CI } = process.env;
  if ("skip" in found && CI === "true") throw new Error(found.skip);
  return found;
}
