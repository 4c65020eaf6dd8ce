import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";

/** What must not outlive the test process. */
export interface Kept {
  readonly pid?: number;
  readonly folder?: string;
  readonly container?: { readonly engine: string; readonly name: string };
}

const PROCESS = fileURLToPath(new URL("./watchdog-process.js", import.meta.url));
let child: ChildProcess | undefined;

/**
 * Sees to it that `what` goes when this process ends, even by SIGKILL, which no handler of ours sees. Returns how to release
 * it, for when it has gone by itself: its pid may by then be another's.
 */
export function keepOnlyWhileAlive(what: Kept): () => void {
  const key = randomUUID();
  tell({ key, what });
  return () => tell({ key });
}

function tell(message: object): void {
  child ??= start();
  child.stdin?.write(`${JSON.stringify(message)}\n`);
}

function start(): ChildProcess {
  // In a group of its own: a Ctrl-C ends the test process, and must leave this one to clear up.
  const started = spawn(process.execPath, [PROCESS], { stdio: ["pipe", "ignore", "ignore"], detached: true });
  started.unref();
  (started.stdin as Socket).unref();
  return started;
}
