import { execFile } from "node:child_process";
import { chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type DatabaseCommand, DatabaseProcess } from "../database/database-process.js";
import { keepOnlyWhileAlive } from "../database/watchdog.js";
import { ownPort } from "../own-port.js";
import type { PostgresServer } from "./server.js";

/**
 * For tests: nobody but this machine, no socket file, and no sync of the disk, since what a killed process has written is in
 * the system's cache.
 */
const SETTINGS = { listen_addresses: "127.0.0.1", unix_socket_directories: "", fsync: "off", max_connections: "200" };
/** After a kill -9 its children hold its memory for a moment, and it refuses to start. */
const START_TRIES = 50;

/** A cluster of the test's own, from `initdb` on. */
export async function startLocal(bin: string, settings: Readonly<Record<string, string>>): Promise<PostgresServer> {
  const user = await userToBe();
  const folder = await mkdtemp(join(tmpdir(), "tickwire-postgres-"));
  const release = keepOnlyWhileAlive({ folder });
  let running: DatabaseProcess | undefined;
  const end = async (signal: "SIGKILL" | "SIGINT") => {
    await running?.kill(signal);
    running = undefined;
  };
  const stop = async () => {
    await end("SIGKILL");
    await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    release();
  };
  try {
    if (user) await chown(folder, user.uid, user.gid);
    const data = join(folder, "data");
    const init = ["-D", data, "-U", "tickwire", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"];
    await promisify(execFile)(join(bin, "initdb"), init, { cwd: folder, ...user });
    const port = await ownPort();
    const command = {
      file: join(bin, "postgres"),
      args: ["-D", data, "-p", String(port), ...argsOf({ ...SETTINGS, ...settings })],
      folder,
      ready: /database system is ready to accept/,
      ...(user && { user }),
    };
    running = await started(command);
    return {
      uri: `postgres://tickwire@127.0.0.1:${port}/postgres`,
      kind: "local",
      get pid() {
        return running?.pid;
      },
      kill: async () => await end("SIGKILL"),
      restart: async () => {
        await end("SIGINT");
        running = await started(command);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function argsOf(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

async function started(command: DatabaseCommand): Promise<DatabaseProcess> {
  for (let left = START_TRIES; ; left--) {
    try {
      return await DatabaseProcess.start(command);
    } catch (error) {
      if (left === 0 || !/shared memory block/.test((error as Error).message)) throw error;
    }
  }
}

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
