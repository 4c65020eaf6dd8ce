import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DatabaseCommand, DatabaseProcess } from "../database/database-process.js";
import { keepOnlyWhileAlive } from "../database/watchdog.js";
import { ownPort } from "../own-port.js";
import type { Backend } from "./backend.js";
import { initiateReplicaSet, REPLICA_SET_ARGS } from "./replica-set.js";

export async function startMongod(file: string, standalone: boolean): Promise<Backend> {
  const port = await ownPort();
  const folder = await temporaryFolder();
  const args = ["--dbpath", folder.path, "--bind_ip", "127.0.0.1", "--port", String(port)];
  const set = standalone ? [] : REPLICA_SET_ARGS;
  const sockets = process.platform === "win32" ? [] : ["--nounixsocket"];
  const command = { file, args: [...args, ...set, ...sockets], folder: folder.path, ready: /Waiting for connections/ };
  return await startProcess(command, folder, async () =>
    standalone ? `mongodb://127.0.0.1:${port}/` : await initiateReplicaSet(port),
  );
}

export async function startStandIn(
  file: string,
  { syncOnCommit, standalone }: { readonly syncOnCommit: boolean; readonly standalone: boolean },
): Promise<Backend> {
  const port = await ownPort();
  const folder = await temporaryFolder();
  const args = ["--host", "127.0.0.1", "--port", String(port), "--storage-path", join(folder.path, "data")];
  const more = [...(syncOnCommit ? ["--sync-on-commit"] : []), ...(standalone ? ["--standalone"] : [])];
  const command = {
    file,
    args: [...args, "--cache-size", "256M", "--log-level", "INFO", ...more],
    folder: folder.path,
    ready: /listening on /,
  };
  return await startProcess(command, folder, async () => `mongodb://127.0.0.1:${port}/`);
}

/** `prepare` makes a started one ready for writes; its URI. */
async function startProcess(
  command: DatabaseCommand,
  folder: TemporaryFolder,
  prepare: () => Promise<string>,
): Promise<Backend> {
  let running: DatabaseProcess | undefined;
  const start = async (): Promise<string> => {
    running = await DatabaseProcess.start(command);
    return await prepare();
  };
  const kill = async (): Promise<void> => {
    await running?.kill();
    running = undefined;
  };
  const remove = async (): Promise<void> => {
    await kill();
    await folder.remove();
  };
  try {
    const uri = await start();
    return {
      uri,
      get pid() {
        return running?.pid;
      },
      kill,
      start: async () => void (await start()),
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

interface TemporaryFolder {
  readonly path: string;
  remove(): Promise<void>;
}

/** For a database's data: 129 MB on the stand-in. */
async function temporaryFolder(): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), "tickwire-mongo-"));
  const release = keepOnlyWhileAlive({ folder: path });
  return {
    path,
    remove: async () => {
      await rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
      release();
    },
  };
}
