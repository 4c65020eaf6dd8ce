import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { isAlive } from "../cli/liveness.js";

const WATCHDOG = new URL("./watchdog.js", import.meta.url).href;

/** A process that has the watchdog keep a folder and two processes, of which it releases the first; it prints their pids. */
const code = (folder: string): string => `
  const { keepOnlyWhileAlive } = await import(${JSON.stringify(WATCHDOG)});
  const { spawn } = await import("node:child_process");
  keepOnlyWhileAlive({ folder: ${JSON.stringify(folder)} });
  const [first, second] = [1, 2].map(() => {
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore", detached: true });
    child.unref();
    return { pid: child.pid, release: keepOnlyWhileAlive({ pid: child.pid }) };
  });
  first.release();
  console.log(first.pid, second.pid);`;

async function leaveBehind(t: TestContext, end: (child: ReturnType<typeof spawn>) => void, last: string) {
  const folder = await mkdtemp(join(tmpdir(), "tickwire-left-"));
  t.after(async () => await rm(folder, { recursive: true, force: true }));
  const child = spawn(process.execPath, ["--input-type=module", "-e", code(folder) + last], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const [released = 0, kept = 0] = line.toString().split(" ").map(Number);
  t.after(() => {
    for (const pid of [released, kept]) if (isAlive(pid)) process.kill(pid, "SIGKILL");
  });
  assert.ok(released > 0 && isAlive(released) && isAlive(kept) && existsSync(folder));
  end(child);
  return { folder, released, kept };
}

for (const [how, end, last] of [
  ["by SIGKILL", (child: ReturnType<typeof spawn>) => child.kill("SIGKILL"), "setInterval(() => {}, 1000);"],
  ["by SIGTERM", (child: ReturnType<typeof spawn>) => child.kill("SIGTERM"), "setInterval(() => {}, 1000);"],
  ["by itself", () => {}, "setTimeout(() => {}, 500);"],
] as const) {
  test(`a process that ended ${how} takes with it what it kept, and not what it had released`, {
    timeout: 30_000,
  }, async (t) => {
    const { folder, released, kept } = await leaveBehind(t, end, last);
    while (isAlive(kept) || existsSync(folder)) await turn();
    assert.ok(isAlive(released));
  });
}
