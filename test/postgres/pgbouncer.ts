import { accessSync, constants } from "node:fs";
import { join } from "node:path";

/** Debian puts it where daemons are, which is not on everybody's path. */
const { PATH = "" } = process.env;
const folders = [...PATH.split(":"), "/usr/sbin"];

/** The program; absent where it is not installed. */
export const PGBOUNCER = folders.map((folder) => join(folder, "pgbouncer")).find(isProgram);

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
