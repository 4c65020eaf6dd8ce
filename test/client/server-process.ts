import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../src/main.js", import.meta.url));

/** A real server on a memory store and a free port, in a process of its own; resolves once it is ready. */
export async function serverProcess(): Promise<{ readonly address: string; stop(): Promise<void> }> {
  const child = spawn(
    process.execPath,
    [main, "serve", "--store", "memory:", "--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0"],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  for await (const line of createInterface(child.stdout)) {
    const { msg, grpc } = JSON.parse(line);
    if (msg !== "ready") continue;
    // What it logs from here on must not fill the pipe.
    setImmediate(() => child.stdout.resume());
    return { address: grpc, stop: () => ended(child, "SIGTERM") };
  }
  throw new Error("the server ended before it was ready");
}

/** Signals a process and waits for its end. */
export async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill(signal);
  await exit;
}
