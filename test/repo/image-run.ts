import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { SETTINGS, variableOf } from "../../src/config.js";
import { version } from "../../src/version.js";
import type { Image } from "./image.js";

const run = promisify(execFile);

/** Nothing of the surroundings but where node is. */
const env = { PATH: `${join(process.execPath, "..")}:/usr/bin:/bin`, NODE_ENV: "production" };

/** The image's command tells its version, serves a job kept in a file, is healthy, and ends with 0 on SIGTERM. */
export async function checkImage({ command, path }: Image): Promise<void> {
  assert.equal((await run(command, ["--version"], { env })).stdout, `tickwire ${version}\n`);
  const cwd = join(path, "data");
  mkdirSync(cwd, { recursive: true });
  const grpc = { [variableOf(SETTINGS.grpc)]: "127.0.0.1:0", [variableOf(SETTINGS.http)]: "off" };
  const server = spawn(command, ["serve"], { cwd, env: { ...env, ...grpc }, stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(server, "exit");
  try {
    const address = await readyAt(server);
    const asked = { cwd, env: { ...env, TICKWIRE_SERVER: address } };
    assert.equal((await run(command, ["health", "--ready"], asked)).stdout, `${address} is ready\n`);
    await run(command, ["job", "schedule", "--slug", "a", "--kind", "print", "--delay", "1h"], asked);
    assert.match((await run(command, ["job", "list"], asked)).stdout, /^a +print +scheduled/m);
    server.kill("SIGTERM");
    assert.deepEqual(await ended, [0, null]);
  } finally {
    server.kill("SIGKILL");
  }
}

async function readyAt({ stdout }: ChildProcess): Promise<string> {
  if (!stdout) throw new Error("its output is not read");
  for await (const line of createInterface({ input: stdout })) {
    const { msg, grpc } = JSON.parse(line) as { msg: string; grpc?: string };
    if (msg === "ready") return grpc ?? "";
  }
  throw new Error("it ended before it was ready");
}
