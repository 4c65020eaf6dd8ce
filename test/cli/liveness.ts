import { readFileSync } from "node:fs";
import { setImmediate as turn } from "node:timers/promises";

/** Still running: neither gone nor waiting, dead, for its parent to notice. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    // "pid (name) state ..."; the name may hold anything.
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    // No /proc here, or gone by now: ask once more.
    return process.platform !== "linux";
  }
}

/** Resolves once it is dead, which the system may take a moment for after a SIGKILL; rejects after a second. */
export async function untilDead(pid: number): Promise<void> {
  const deadline = performance.now() + 1_000;
  while (isAlive(pid)) {
    if (performance.now() > deadline) throw new Error(`process ${pid} still runs`);
    await turn();
  }
}
