import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { keepOnlyWhileAlive } from "../database/watchdog.js";
import { ownPort } from "../own-port.js";
import type { Backend } from "./backend.js";
import { initiateReplicaSet, REPLICA_SET_ARGS } from "./replica-set.js";

/** A mongod in a container of `engine`, docker or podman. */
export async function startContainer(engine: string, image: string): Promise<Backend> {
  const port = await ownPort();
  const name = `tickwire-mongo-${randomUUID()}`;
  const run = async (...args: string[]): Promise<string> => (await promisify(execFile)(engine, args)).stdout;
  const release = keepOnlyWhileAlive({ container: { engine, name } });
  const remove = async (): Promise<void> => {
    await run("rm", "--force", "--volumes", name);
    release();
  };
  try {
    // The same port inside as outside: a replica set tells its clients the address that it knows itself by.
    const publish = ["--publish", `127.0.0.1:${port}:${port}`];
    const mongod = ["mongod", "--bind_ip_all", "--port", String(port), ...REPLICA_SET_ARGS];
    await run("run", "--detach", "--name", name, ...publish, image, ...mongod);
    return {
      uri: await initiateReplicaSet(port),
      kill: async () => {
        const isRunning = (await run("inspect", "--format", "{{.State.Running}}", name)).trim() === "true";
        if (isRunning) await run("kill", name);
      },
      start: async () => {
        await run("start", name);
        await initiateReplicaSet(port);
      },
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
