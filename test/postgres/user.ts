import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Neither initdb nor the server runs as root. Absent: they run as whoever runs the test. */
export async function userToBe(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ["postgres", "nobody"]) {
    const ids = ["-u", "-g"].map(async (flag) => Number((await promisify(execFile)("id", [flag, name])).stdout));
    const [uid, gid] = await Promise.all(ids).catch(() => []);
    if (uid !== undefined && gid !== undefined) return { uid, gid };
  }
  throw new Error("PostgreSQL refuses to run as root, and there is no user postgres or nobody");
}
